import HostModel
@testable import HostQueue
import Testing
import TestSupport

private func failure(_ body: () throws -> Void) -> Failure? {
  do { try body() } catch { return error as? Failure }
  return nil
}

@Suite struct SegmentTests {
  private let salt: UInt64 = 0x1234_5678_9ABC_DEF0
  private let path = "/q/00000000000000000007.segment"

  private func frame(_ payload: [UInt8], _ offset: UInt64) -> [UInt8] {
    payload.withUnsafeBytes { SegmentFormat.frame($0, offset: offset, salt: salt) }
  }

  private func segment(_ payloads: [[UInt8]]) -> [UInt8] {
    payloads.enumerated().reduce(SegmentFormat.header(first: 7, salt: salt)) { bytes, record in
      bytes + frame(record.element, 7 + UInt64(record.offset))
    }
  }

  private func recovered(_ bytes: [UInt8]) throws -> [[UInt8]] {
    let contents = try SegmentContents(recovering: bytes, path: path, first: 7)
    return try (0..<contents.count).map { try contents.payload(7 + UInt64($0)) }
  }

  /// The format is for ever: files of today are read by every later version. The sums were made by another program.
  @Test func theBytesOfASegmentAreThese() {
    let bytes = segment([[0xAA, 0xBB]])
    let expected: [UInt8] =
      Array("HRQUEUE\n".utf8) + [7, 0, 0, 0, 0, 0, 0, 0] + [0xF0, 0xDE, 0xBC, 0x9A, 0x78, 0x56, 0x34, 0x12]
      + [1, 0, 0, 0] + [0xC1, 0xA5, 0x24, 0x2C]
      + [2, 0, 0, 0] + [0x8D, 0x44, 0xE4, 0xE4] + [7, 0, 0, 0, 0, 0, 0, 0] + [0xD6, 0x77, 0x94, 0x6F] + [0xAA, 0xBB]
    #expect(bytes == expected)
    #expect(SegmentFormat.name(first: 7) == "00000000000000000007.segment")
    #expect(SegmentFormat.name(first: .max) == "18446744073709551615.segment")
  }

  @Test func namesAreReadAsTheyAreWrittenAndNotOtherwise() {
    for first in [0, 7, 1 << 61, UInt64.max] {
      #expect(SegmentFormat.first(ofName: SegmentFormat.name(first: first)) == first)
    }
    for name in ["7.segment", "+0000000000000000007.segment", "00000000000000000007", "99999999999999999999.segment"] {
      #expect(SegmentFormat.first(ofName: name) == nil)
    }
    #expect(SegmentFormat.isTemporary("00000000000000000007.segment.tmp") && !SegmentFormat.isTemporary("a.tmp"))
  }

  @Test func aTailThatWasCutAnywhereEndsTheSegmentThere() throws {
    let payloads: [[UInt8]] = [[1, 2, 3], [], [4]]
    let whole = segment(payloads)
    let ends = [32, 32 + 23, 32 + 43, 32 + 64]
    for length in 32...whole.count {
      let count = ends.count { $0 <= length } - 1
      for zeros in [0, 1, 19, 20, 21, 200] {
        #expect(try recovered(whole[..<length] + [UInt8](repeating: 0, count: zeros)) == Array(payloads[..<count]))
      }
    }
    for length in 0..<32 { #expect(failure { _ = try recovered(Array(whole[..<length])) }?.status == .fatal) }
  }

  @Test func damageThatRecordsFollowIsNamedByItsByte() throws {
    let whole = segment([[1, 2, 3], [4, 5, 6], [7]])
    for place in 32..<32 + 46 {
      var bytes = whole
      bytes[place] ^= 0x10
      let found = try #require(failure { _ = try recovered(bytes) })
      let begin = place < 55 ? 32 : 55
      #expect(found.message.hasPrefix("\(path): damaged at byte \(begin): ") && found.status == .fatal)
    }
    // Bytes that were put in between or lost move what follows.
    var longer = whole
    longer.insert(0, at: 55)
    #expect(failure { _ = try recovered(longer) }?.message.contains("at byte 55") == true)
    var shorter = whole
    shorter.remove(at: 40)
    #expect(failure { _ = try recovered(shorter) }?.message.contains("at byte 32") == true)
  }

  @Test func anOlderSegmentGivesWhatIsInFrontOfItsDamage() throws {
    let payloads: [[UInt8]] = [[1, 2, 3], [4, 5, 6], [7]]
    let whole = segment(payloads)
    for place in 32..<whole.count {
      var bytes = whole
      bytes[place] ^= 1
      let contents = try SegmentContents(bytes, path: path, first: 7, end: 10)
      let sound = place < 55 ? 0 : place < 78 ? 1 : 2
      #expect(contents.count == sound && contents.damage?.message.contains(path) == true)
      for index in 0..<sound { #expect(try contents.payload(7 + UInt64(index)) == payloads[index]) }
      #expect(failure { _ = try contents.payload(7 + UInt64(sound)) }?.message == contents.damage?.message)
    }
  }

  /// What a failed write has left behind the end is not looked at, even if it is a record.
  @Test func anOlderSegmentEndsWhereTheNextOneBegins() throws {
    let bytes = segment([[1], [2], [3]])
    for end in 7...10 as ClosedRange<UInt64> {
      let contents = try SegmentContents(bytes, path: path, first: 7, end: end)
      #expect(contents.count == Int(end - 7) && contents.damage == nil)
    }
    #expect(try SegmentContents(bytes, path: path, first: 7, end: 11).damage?.message.contains("at byte 95") == true)
  }

  @Test func anotherVersionIsNotRead() throws {
    var bytes = Array(segment([[1]])[..<28])
    bytes[24] = 2
    let sum = bytes.withUnsafeBytes { CRC32C.of($0) }
    withUnsafeBytes(of: sum.littleEndian) { bytes.append(contentsOf: $0) }
    #expect(failure { _ = try recovered(bytes) }?.status == .unsupported)
    #expect(failure { _ = try SegmentContents(segment([]), path: path, first: 8, end: 9) }?.status == .fatal)
  }

  /// A payload that is a segment itself ends in the middle: what is in it is no record of this queue.
  @Test func aPayloadIsNeverTakenForRecords() throws {
    let inner = SegmentFormat.header(first: 7, salt: salt &+ 1) + [UInt8](repeating: 0, count: 3)
    let records = (7..<12).reduce(inner) { bytes, offset in
      bytes + [1, 2].withUnsafeBytes { SegmentFormat.frame($0, offset: offset, salt: salt &+ 1) }
    }
    let whole = segment([[9], records])
    for length in 53 + 20..<whole.count { #expect(try recovered(Array(whole[..<length])) == [[9]]) }
    #expect(try recovered(whole) == [[9], records])
  }

  /// A length with a right checksum that leads out of the file.
  @Test func aLengthBeyondTheEndIsATail() throws {
    for length in [1, 2, 1 << 20, UInt32.max] {
      var header = withUnsafeBytes(of: length.littleEndian) { Array($0) } + [0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0]
      let sum = header.withUnsafeBytes { SegmentFormat.headerSum($0, salt: salt) }
      header += withUnsafeBytes(of: sum.littleEndian) { Array($0) }
      #expect(try recovered(segment([]) + header).isEmpty)
    }
  }

  private func damaged(_ whole: [UInt8], _ generator: inout SplitMix64) -> [UInt8] {
    var bytes = whole
    for _ in 0...Int.random(in: 0...3, using: &generator) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
      case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 2: bytes.remove(at: place)
      case 3: bytes.insert(bytes[place], at: place)
      case 4: bytes.insert(contentsOf: bytes[place...].prefix(40), at: place)
      default: bytes.removeSubrange(place...)
      }
    }
    return bytes
  }

  /// Whatever is done to a segment: it is refused, or gives records as they were written, from the first one on.
  @Test func aDamagedSegmentGivesItsFirstRecordsOrNone() {
    var refused = 0
    for seed in SimulationSeeds.first(20_000) {
      var generator = SplitMix64(seed: seed)
      let payloads = (0..<Int.random(in: 0...5, using: &generator)).map { _ in
        (0..<Int.random(in: 0...30, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
      }
      let bytes = damaged(segment(payloads), &generator)
      do {
        let found = try recovered(bytes)
        #expect(payloads.starts(with: found), "seed \(seed)")
        let contents = try SegmentContents(bytes, path: path, first: 7, end: 7 + UInt64(payloads.count))
        #expect(contents.count == found.count && (contents.damage == nil) == (found == payloads), "seed \(seed)")
      } catch { refused += 1 }
    }
    print("segments: \(refused) of 20000 damaged ones were refused")
    #expect(SimulationSeeds.first(20_000).count == 1 || (refused > 5000 && refused < 19_000))
  }

  /// In the files of a queue every changed bit is noticed, if not in what the last write has left.
  @Test func aChangedBitAnywhereIsFound() throws {
    let configuration = QueueWorld.configuration(.everyRecord)
    try SimulationSeeds.forEach(1500) { seed in
      var generator = SplitMix64(seed: seed)
      let world = try QueueWorld(seed: seed, configuration)
      for number in 0..<8 { try world.append(QueueWorld.payload(number)) }
      let file = try #require(world.memory.files.randomElement(using: &generator))
      var bytes = try world.memory.read(file, limit: .max)
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      try world.memory.remove(file)
      try world.memory.create(file).writeAll(bytes)
      var count: UInt64 = 0
      let found = failure {
        let queue = try QueueWorld.open(world.disk, configuration)
        while let record = try queue.read(from: count) {
          #expect(record.payload == QueueWorld.payload(Int(count)))
          count += 1
        }
      }
      if let found {
        #expect(found.message.hasPrefix("\(file): damaged at byte "))
      } else {
        // The last record of all, which might have been torn.
        #expect(count == 7 && file == world.memory.files.last && place >= SegmentFormat.headerBytes)
      }
    }
  }
}
