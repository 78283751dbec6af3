import Foundation
import Testing

/// Damaged files: nothing crashes, every record comes out as a row or as a reject, and resuming still holds.
@Suite struct FileFuzzTests {
  static let pieces: [String] = [
    "\"", "\n", ",", "{", "\\", "\r\n", "\"\"", "[", "null", "1e999", "}", "\\u", "\\ud800", "\r", "-", "0", ":",
    "true",
    "]", "\u{1f600}", " ", "\t", "99999999999999999999",
  ]

  static func damaged(_ text: String, _ random: inout FileRandom) -> [UInt8] {
    var bytes = Array(text.utf8)
    for _ in 0..<Int.random(in: 0...12, using: &random) where !bytes.isEmpty {
      let at = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.removeSubrange(at..<min(at + Int.random(in: 1...8, using: &random), bytes.count))
      case 2: bytes.insert(contentsOf: pieces.randomElement(using: &random).map { Array($0.utf8) } ?? [], at: at)
      default:
        bytes.insert(
          contentsOf: bytes[at..<min(at + 30, bytes.count)], at: Int.random(in: 0..<bytes.count, using: &random))
      }
    }
    return bytes
  }

  static func limits(_ random: inout FileRandom) -> FilePlugin.Limits {
    .init(bytes: .random(in: 1...3000, using: &random), rows: .random(in: 1...40, using: &random))
  }

  /// Reads whole and from one position in the middle; returns how many records there were.
  static func records(_ plugin: FilePlugin, _ random: inout FileRandom, _ comment: Comment) throws -> Int {
    var count = 0
    for split in try plugin.splits() {
      let limits = limits(&random)
      let all = try plugin.read(split, limits: limits)
      count += all.reduce(0) { $0 + $1.rows.count + $1.rejects.count }
      guard let start = all.indices.randomElement(using: &random) else { continue }
      let rest = try plugin.read(split, from: all[start], limits: limits)
      #expect(rest == Array(all[(start + 1)...]), comment)
    }
    return count
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func damagedJSONLinesBecomeRowsOrRejects(seed: UInt64) throws {
    var random = FileRandom(state: seed)
    let files = try FileFixture()
    for round in 0..<40 {
      let bytes = Self.damaged(FileResumeTests.jsonl(60), &random)
      try files.write("a.jsonl", bytes)
      let lines = bytes.split(separator: 10).filter { line in line.contains { ![0x20, 0x09, 0x0d].contains($0) } }.count
      let count = try Self.records(files.plugin("a.jsonl"), &random, "seed \(seed), round \(round)")
      #expect(count == lines, "seed \(seed), round \(round)")
    }
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func damagedCSVLinesBecomeRowsOrRejects(seed: UInt64) throws {
    var random = FileRandom(state: seed)
    let files = try FileFixture()
    for round in 0..<40 {
      // The header stays whole. Without quotes a record is a line, so that they can be counted.
      let body = Self.damaged((0..<60).map { "\($0),n\($0),\(Double($0) / 3)\n" }.joined(), &random)
      try files.write("a.csv", Array("id,name,x\n".utf8) + body)
      var lines = 0, line: [UInt8] = []
      for byte in body + [10] {
        if byte != 10 { line.append(byte) } else { lines += line.isEmpty || line == [13] ? 0 : 1; line = [] }
      }
      let plugin = try files.plugin("a.csv", #""csv": {"quote": ""}"#)
      let count = try Self.records(plugin, &random, "seed \(seed), round \(round)")
      #expect(count == lines, "seed \(seed), round \(round)")
    }
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func randomBytesAndDamagedQuotesDoNoHarm(seed: UInt64) throws {
    var random = FileRandom(state: seed)
    let files = try FileFixture()
    for round in 0..<40 {
      let isNoise = round % 4 == 0
      let noise = (0..<Int.random(in: 0...3000, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      let name = round % 2 == 0 ? "a.csv" : "a.jsonl"
      try files.write(name, isNoise ? noise : Self.damaged(FileResumeTests.csv(60), &random))
      do {
        _ = try Self.records(files.plugin(name, #""format": "csv""#), &random, "seed \(seed), round \(round)")
      } catch let failure as FilePlugin.Failure {
        // A file whose header is no text, or that begins like UTF-16, is refused as a whole.
        #expect(failure.status == 12 || failure.status == 15, "\(failure), seed \(seed), round \(round)")
      }
    }
  }
}
