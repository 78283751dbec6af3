/// Decompresses raw DEFLATE data (RFC 1951): what Avro calls `deflate`.
///
/// Codes are decoded bit by bit against the canonical code counts of each length, which needs no tables to build and is
/// fast enough for manifests.
package struct Inflate {
  package struct Damage: Error, Sendable, CustomStringConvertible {
    package let description: String
  }

  /// - Parameter maximumSize: bytes that the result may have, a bound against data that expands without end.
  package static func decompress(_ input: [UInt8], maximumSize: Int) throws(Damage) -> [UInt8] {
    var inflate = Inflate(input: input, maximumSize: maximumSize)
    while try inflate.block() {}
    return inflate.output
  }

  private let input: [UInt8]
  private let maximumSize: Int
  private var position = 0
  private var bits: UInt32 = 0
  private var bitCount: UInt32 = 0
  private var output: [UInt8] = []

  private init(input: [UInt8], maximumSize: Int) {
    self.input = input
    self.maximumSize = maximumSize
  }

  /// Reads one block; false after the last.
  private mutating func block() throws(Damage) -> Bool {
    let isLast = try take(1) == 1
    switch try take(2) {
    case 0: try stored()
    case 1:
      let (literals, distances) = try fixedCodes()
      try compressed(literals: literals, distances: distances)
    case 2:
      let (literals, distances) = try dynamicCodes()
      try compressed(literals: literals, distances: distances)
    default: throw Damage(description: "an unknown kind of block")
    }
    return !isLast
  }

  private mutating func stored() throws(Damage) {
    bits = 0
    bitCount = 0
    guard position + 4 <= input.count else { throw Damage(description: "cut short") }
    let length = Int(input[position]) | Int(input[position + 1]) << 8
    let check = Int(input[position + 2]) | Int(input[position + 3]) << 8
    guard length == ~check & 0xFFFF else { throw Damage(description: "a stored block's length is damaged") }
    position += 4
    guard position + length <= input.count else { throw Damage(description: "cut short") }
    guard output.count + length <= maximumSize else { throw Damage(description: "larger than \(maximumSize) bytes") }
    output.append(contentsOf: input[position..<position + length])
    position += length
  }

  private mutating func compressed(literals: Code, distances: Code) throws(Damage) {
    while true {
      let symbol = try decode(literals)
      if symbol == 256 { return }
      guard output.count < maximumSize else { throw Damage(description: "larger than \(maximumSize) bytes") }
      if symbol < 256 {
        output.append(UInt8(symbol))
      } else {
        try copy(lengthSymbol: symbol - 257, distances: distances)
      }
    }
  }

  private mutating func copy(lengthSymbol: Int, distances: Code) throws(Damage) {
    guard lengthSymbol < Self.lengthBases.count else { throw Damage(description: "an impossible length") }
    let length = Self.lengthBases[lengthSymbol] + Int(try take(Self.lengthExtraBits[lengthSymbol]))
    let symbol = try decode(distances)
    guard symbol < Self.distanceBases.count else { throw Damage(description: "an impossible distance") }
    let distance = Self.distanceBases[symbol] + Int(try take(UInt32(max(0, symbol / 2 - 1))))
    guard distance <= output.count else { throw Damage(description: "a distance before the beginning") }
    guard output.count + length <= maximumSize else { throw Damage(description: "larger than \(maximumSize) bytes") }
    let start = output.count - distance
    for offset in 0..<length { output.append(output[start + offset]) }
  }

  private func fixedCodes() throws(Damage) -> (literals: Code, distances: Code) {
    guard let literals = Code(lengths: Self.fixedLiteralLengths),
      let distances = Code(lengths: Self.fixedDistanceLengths)
    else { throw Damage(description: "an impossible code") }
    return (literals, distances)
  }

  private mutating func dynamicCodes() throws(Damage) -> (literals: Code, distances: Code) {
    let literalCount = Int(try take(5)) + 257
    let distanceCount = Int(try take(5)) + 1
    let lengthCount = Int(try take(4)) + 4
    var codeLengths = [UInt8](repeating: 0, count: 19)
    for place in Self.codeLengthOrder.prefix(lengthCount) { codeLengths[place] = UInt8(try take(3)) }
    guard let lengthCode = Code(lengths: codeLengths) else { throw Damage(description: "an impossible code") }
    var lengths: [UInt8] = []
    while lengths.count < literalCount + distanceCount {
      switch try decode(lengthCode) {
      case let length where length < 16: lengths.append(UInt8(length))
      case 16:
        guard let last = lengths.last else { throw Damage(description: "a repetition of nothing") }
        lengths.append(contentsOf: repeatElement(last, count: 3 + Int(try take(2))))
      case 17: lengths.append(contentsOf: repeatElement(0, count: 3 + Int(try take(3))))
      default: lengths.append(contentsOf: repeatElement(0, count: 11 + Int(try take(7))))
      }
    }
    guard lengths.count == literalCount + distanceCount else { throw Damage(description: "too many code lengths") }
    guard let literals = Code(lengths: Array(lengths[..<literalCount])),
      let distances = Code(lengths: Array(lengths[literalCount...]))
    else { throw Damage(description: "an impossible code") }
    return (literals, distances)
  }

  private mutating func decode(_ code: Code) throws(Damage) -> Int {
    var value = 0
    var first = 0
    var index = 0
    for length in 1...15 {
      value |= Int(try take(1))
      let count = code.counts[length]
      if value - first < count { return code.symbols[index + value - first] }
      index += count
      first = (first + count) << 1
      value <<= 1
    }
    throw Damage(description: "an unknown code")
  }

  private mutating func take(_ count: UInt32) throws(Damage) -> UInt32 {
    while bitCount < count {
      guard position < input.count else { throw Damage(description: "cut short") }
      bits |= UInt32(input[position]) << bitCount
      position += 1
      bitCount += 8
    }
    let value = bits & ((1 << count) - 1)
    bits >>= count
    bitCount -= count
    return value
  }
}

extension Inflate {
  /// A canonical Huffman code: how many codes each length has, and the symbols in the order of their codes.
  private struct Code {
    var counts = [Int](repeating: 0, count: 16)
    var symbols: [Int]

    /// Nil if there are more codes than bits to tell them apart.
    init?(lengths: [UInt8]) {
      for length in lengths where length > 0 { counts[Int(length)] += 1 }
      var unused = 1
      for length in 1...15 {
        unused = unused << 1 - counts[length]
        if unused < 0 { return nil }
      }
      var starts = [Int](repeating: 0, count: 17)
      for length in 1...15 { starts[length + 1] = starts[length] + counts[length] }
      symbols = [Int](repeating: 0, count: lengths.count)
      for (symbol, length) in lengths.enumerated() where length > 0 {
        symbols[starts[Int(length)]] = symbol
        starts[Int(length)] += 1
      }
    }
  }

  private static let fixedLiteralLengths =
    [UInt8](repeating: 8, count: 144) + [UInt8](repeating: 9, count: 112) + [UInt8](repeating: 7, count: 24)
    + [UInt8](repeating: 8, count: 8)
  private static let fixedDistanceLengths = [UInt8](repeating: 5, count: 30)
  private static let codeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
  private static let lengthBases = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
  ]
  private static let lengthExtraBits: [UInt32] = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
  ]
  private static let distanceBases = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
    8193, 12289, 16385, 24577,
  ]
}
