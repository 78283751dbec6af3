@testable import HostQueue
import Testing

@Suite struct CRC32CTests {
  private func sum(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { CRC32C.of($0) } }

  /// The examples of RFC 3720, appendix B.4, and the polynomial's usual check value.
  @Test func knownSumsAreMade() {
    #expect(sum(Array("123456789".utf8)) == 0xE306_9283)
    #expect(sum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(sum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(sum(Array(0..<32)) == 0x46DD_794E)
    #expect(sum((0..<32).reversed()) == 0x113F_DB5C)
    #expect(sum([]) == 0)
  }

  /// The definition: one bit after the other.
  private func slowSum(_ bytes: [UInt8]) -> UInt32 {
    var sum: UInt32 = ~0
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0x82F6_3B78 : sum >> 1 }
    }
    return ~sum
  }

  @Test func anyLengthInAnyPiecesMakesTheSumOfTheWhole() {
    let bytes = (0..<100).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ 7) }
    for length in 0...bytes.count {
      let whole = Array(bytes[..<length])
      #expect(sum(whole) == slowSum(whole))
      for cut in [0, length / 3, length / 2] {
        var pieces = CRC32C()
        whole[..<cut].withUnsafeBytes { pieces.update($0) }
        whole[cut...].withUnsafeBytes { pieces.update($0) }
        #expect(pieces.value == sum(whole))
      }
    }
  }
}
