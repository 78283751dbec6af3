/// Writes bits one after another, least significant first, as validity and booleans have them.
public struct BitWriter {
  public let memory: Memory
  private var word: UInt64 = 0
  private var filled = 0
  private var at = 0
  public private(set) var ones = 0

  /// For `capacity` bits.
  public init(capacity: Int, allocator: Allocator) {
    memory = Memory(capacity: (capacity + 63) / 64 * 8 + 8, allocator: allocator)
  }

  /// Appends up to 56 bits; those above `count` must be zero.
  @inline(__always)
  public mutating func append(_ bits: UInt64, count: Int) {
    ones &+= bits.nonzeroBitCount
    word |= bits &<< UInt64(filled)
    let free = 64 &- filled
    filled &+= count
    guard filled >= 64 else { return }
    memory.base.storeBytes(of: word, toByteOffset: at, as: UInt64.self)
    at &+= 8
    filled &-= 64
    word = filled == 0 ? 0 : bits &>> UInt64(free)
  }

  /// Appends a part of a bitmap.
  public mutating func append(_ bitmap: Bitmap, _ rows: Range<Int>) {
    var row = rows.lowerBound
    while row < rows.upperBound {
      let count = min(rows.upperBound &- row, 56)
      append(bitmap.bits(at: row, count: count), count: count)
      row &+= count
    }
  }

  /// The memory with all bits in it.
  public mutating func finish() -> Memory {
    memory.base.storeBytes(of: word, toByteOffset: at, as: UInt64.self)
    memory.count = at + (filled + 7) / 8
    return memory
  }
}

extension Bitmap {
  /// Up to 56 bits as a number, without looking at a byte behind the last.
  func bits(at index: Int, count wanted: Int) -> UInt64 {
    let position = offset + index
    let start = UnsafeRawPointer(bytes) + position >> 3
    let end = UnsafeRawPointer(bytes) + (offset + count + 7) >> 3
    let mask: UInt64 = (1 &<< UInt64(wanted)) &- 1
    if start + 8 <= end { return (start.loadUnaligned(as: UInt64.self) &>> UInt64(position & 7)) & mask }
    var word: UInt64 = 0
    for byte in 0..<min((position & 7 + wanted + 7) >> 3, 8) {
      word |= UInt64(start.load(fromByteOffset: byte, as: UInt8.self)) &<< UInt64(byte * 8)
    }
    return (word &>> UInt64(position & 7)) & mask
  }
}
