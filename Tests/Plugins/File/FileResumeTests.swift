import CHeadrace
import Foundation
import Testing

/// What exactly once rests on: the same data yields the same splits, and from each position the same batches.
@Suite struct FileResumeTests {
  /// Rows and bad records, with line breaks in quotes and a long record across the blocks that are read.
  static func csv(_ count: Int) -> String {
    "id,name,x\n"
      + (0..<count).map { row in
        if row % 50 == 7 { return "\(row),too few\n" }
        let name =
          row % 9 == 0 ? "\"a \"\"\(row)\"\"\nb\"" : row == 300 ? String(repeating: "n", count: 300_000) : "n\(row)"
        return "\(row),\(name),\(Double(row) / 7)\r\n"
      }.joined()
  }

  static func jsonl(_ count: Int) -> String {
    (0..<count).map { row in
      if row % 50 == 7 { return "{\"id\":\(row),\n" }
      let name = row == 300 ? String(repeating: "n", count: 300_000) : "n\\u00e9\(row)"
      let note = row % 3 == 0 ? ",\"note\":{\"a\":[\(row)]}" : ""
      return "{\"id\":\(row),\"name\":\"\(name)\"\(note)}\n"
    }.joined()
  }

  @Test(
    arguments: ["a.csv", "a.jsonl"], [FilePlugin.Limits(bytes: 700), .init(rows: 13), .init(bytes: 20_000, rows: 90)])
  func readingFromEveryPositionYieldsTheSameBatches(name: String, limits: FilePlugin.Limits) throws {
    let files = try FileFixture()
    try files.write(name, name == "a.csv" ? Self.csv(700) : Self.jsonl(700))
    let plugin = try files.plugin(name)
    var rows = 0, rejects = 0
    for split in try plugin.splits(bytes: 65_536) {
      let all = try plugin.read(split, limits: limits)
      rows += all.flatMap(\.rows).count
      rejects += all.flatMap(\.rejects).count
      #expect(zip(all, all.dropFirst()).allSatisfy { $0.ordinal < $1.ordinal })
      for (index, batch) in all.enumerated() {
        #expect(try plugin.read(split, from: batch, limits: limits) == Array(all[(index + 1)...]))
      }
    }
    #expect(rejects == 14)
    #expect(rows == 686)
  }

  @Test func gzipIsResumedAtEveryPosition() throws {
    let files = try FileFixture()
    try files.write("a.csv", Self.csv(500))
    let gzip = Process()
    gzip.executableURL = URL(fileURLWithPath: "/bin/gzip")
    gzip.arguments = ["-k", files.path("a.csv")]
    try gzip.run()
    gzip.waitUntilExit()
    let plain = try files.read("a.csv"), packed = try files.read("a.csv.gz")
    #expect(packed.rows == plain.rows)
    let plugin = try files.plugin("a.csv.gz")
    let split = try #require(try plugin.splits(bytes: 4096).first)
    let all = try plugin.read(split, limits: .init(bytes: 2000))
    for (index, batch) in all.enumerated() {
      #expect(try plugin.read(split, from: batch, limits: .init(bytes: 2000)) == Array(all[(index + 1)...]))
    }
    #expect(all.count > 3)
  }

  @Test(arguments: [65_536, 70_001, 131_072] as [UInt64])
  func piecesOfAFileHaveEachLineOnceAndItsNumber(bytes: UInt64) throws {
    let files = try FileFixture()
    try files.write("a.jsonl", Self.jsonl(4000))
    let whole = try files.read("a.jsonl"), pieces = try files.read("a.jsonl", splitBytes: bytes)
    #expect(pieces.splits > 2)
    #expect(whole.rows == pieces.rows)
    #expect(whole.rejects == pieces.rejects)
  }

  @Test func csvIsDividedOnlyWhereNoQuoteCanHideALineBreak() throws {
    let files = try FileFixture()
    try files.write("a.csv", "id,x\n" + (0..<30_000).map { "\($0),\($0)\n" }.joined())
    let whole = try files.read("a.csv", splitBytes: 65_536)
    let pieces = try files.read("a.csv", #""csv": {"multiline": false}"#, splitBytes: 65_536)
    #expect(whole.splits == 1)
    #expect(pieces.splits > 2)
    #expect(whole.rows == pieces.rows)
  }

  @Test func completeSplitsAreLeftOutAndBegunOnesKeepTheirBoundaries() throws {
    let files = try FileFixture()
    try files.write("b.jsonl", Self.jsonl(10_000))
    let plugin = try files.plugin("*.jsonl")
    let first = try plugin.splits(bytes: 65_536)
    #expect(first.map(\.id) == (try plugin.splits(bytes: 65_536)).map(\.id))
    #expect(first.first?.id == "b.jsonl#0-65536")
    try files.write("a.jsonl", "{\"id\":1}\n")
    let known = [FilePlugin.Known(split: first[1], isComplete: false), .init(split: first[3], isComplete: true)]
    let second = try files.plugin("*.jsonl").splits(known: known, bytes: 1 << 30)
    let size = try #require(first.last?.id.split(separator: "-").last)
    let rest = "b.jsonl#262144-\(size)"
    let expected: [String] = ["a.jsonl#0-9", first[0].id, first[1].id, first[2].id, rest]
    #expect(second.map(\.id) == expected)
    let everything = first.map { FilePlugin.Known(split: $0, isComplete: true) }
    #expect(try files.plugin("*.jsonl").splits(known: everything).map(\.id) == ["a.jsonl#0-9"])
  }

  @Test func fileThatChangedSinceItWasReadIsAConflict() throws {
    let files = try FileFixture()
    try files.write("a.jsonl", "{\"id\":1}\n")
    let split = try #require(try files.plugin("a.jsonl").splits().first)
    let known = [FilePlugin.Known(split: split, isComplete: true)]
    let conflict = FilePlugin.Failure(
      status: HEADRACE_CONFLICT,
      message: "'a.jsonl' has changed since it was read; read everything again with --full-refresh, forget what was "
        + "read with `state reset`, or put the old file back and the new rows into a new file")
    // A new time of change is no change.
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: files.path("a.jsonl"))
    #expect(try files.plugin("a.jsonl").splits(known: known).isEmpty)
    for content in ["{\"id\":2}\n", "{\"id\":1}\n{\"id\":2}\n", ""] {
      try files.write("a.jsonl", content)
      #expect(throws: conflict) { _ = try files.plugin("a.jsonl").splits(known: known) }
      #expect(throws: conflict) { _ = try files.plugin("a.jsonl").read(split) }
    }
  }

  @Test(arguments: [("cut", "was cut short"), ("more", "was written to")])
  func fileThatChangesUnderTheReaderIsAConflict(change: String, told: String) throws {
    let files = try FileFixture()
    try files.write("a.jsonl", Self.jsonl(5000))
    let plugin = try files.plugin("a.jsonl")
    let split = try #require(try plugin.splits().first)
    let message = "'a.jsonl' \(told) while it was being read; run again when nobody writes to it any more"
    try plugin.reading(split, limits: .init(bytes: 1000)) { next in
      #expect(try next() != nil)
      let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: files.path("a.jsonl")))
      if change == "cut" {
        try handle.truncate(atOffset: 5000)
      } else {
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("{}\n".utf8))
      }
      try handle.close()
      #expect(throws: FilePlugin.Failure(status: HEADRACE_CONFLICT, message: message)) {
        while try next() != nil {}
      }
    }
  }
}
