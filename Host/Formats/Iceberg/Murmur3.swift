/// MurmurHash3, 32 bits, x86 variant, seed 0: the hash of bucket partitions.
///
/// Source: Austin Appleby's public domain description of the algorithm.
package enum Murmur3 {
  package static func hash(_ bytes: some RandomAccessCollection<UInt8>) -> UInt32 {
    var hash: UInt32 = 0
    var rest = bytes[...]
    while rest.count >= 4 {
      hash ^= mix(word(rest.prefix(4)))
      hash = rotate(hash, 13) &* 5 &+ 0xE654_6B64
      rest = rest.dropFirst(4)
    }
    if !rest.isEmpty { hash ^= mix(word(rest)) }
    hash ^= UInt32(truncatingIfNeeded: bytes.count)
    hash ^= hash >> 16
    hash = hash &* 0x85EB_CA6B
    hash ^= hash >> 13
    hash = hash &* 0xC2B2_AE35
    return hash ^ (hash >> 16)
  }

  /// The hash of a number's eight bytes, least significant first: what `int`, `long`, dates and times hash as.
  package static func hash(_ value: Int64) -> UInt32 {
    let bits = UInt64(bitPattern: value)
    return hash((0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * $0)) })
  }

  private static func word(_ bytes: some Collection<UInt8>) -> UInt32 {
    var word: UInt32 = 0
    for (place, byte) in bytes.enumerated() { word |= UInt32(byte) << UInt32(8 * place) }
    return word
  }

  private static func mix(_ word: UInt32) -> UInt32 { rotate(word &* 0xCC9E_2D51, 15) &* 0x1B87_3593 }

  private static func rotate(_ value: UInt32, _ count: UInt32) -> UInt32 { value << count | value >> (32 - count) }
}
