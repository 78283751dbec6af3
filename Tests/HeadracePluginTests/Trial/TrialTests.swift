import Testing

@testable import HeadracePlugin

@Suite struct TrialTests {
  private let columns = Schema([Field("city", .string), Field("n", .int64), Field("w", .float64), Field("is", .bool)])
  private let rows = [
    #"{"city":"Ulm","n":1,"w":0.5,"is":true}"#, #"{"city":null,"n":-2,"w":null,"is":false}"#,
    #"{"city":"","n":null,"w":3.0,"is":null}"#,
  ]

  @Test func aSourceIsReadSplitBySplit() throws {
    let source = try SourceTrial(Specimens.library.entry, configuration: #"{"rows": 4}"#)
    #expect(try source.discover() == ["up", "down"])
    #expect(try source.discover(["*p"]) == ["up"])
    #expect(try source.splits("up", complete: ["a"]).map(\.id) == ["b"])
    let batches = try source.read("up")
    #expect(batches.map(\.split) == ["a", "a", "b", "b"])
    #expect(batches.map(\.ordinal) == [1, 2, 1, 2])
    #expect(batches[0].rows[1] == #"{"n":1,"odd":true,"note":null}"#)
    #expect(batches[1].rows == [#"{"n":3,"odd":true,"note":"n3"}"#])
    #expect(try source.read("up", after: batches[2]) == [batches[3]])
    #expect(throws: PluginError.self) { try SourceTrial(Specimens.library.entry, configuration: "{}") }
    source.isCancelled = true
    #expect(throws: PluginError.self) { try source.read("up") }
  }

  @Test func rowsPassATransformAsTheyCame() throws {
    let passage = try TransformTrial(Specimens.library.entry, input: columns)
    #expect(passage.output == columns)
    #expect(try passage.apply(rows).rows == rows)
    #expect(try passage.apply(rows, from: 1).rows == Array(rows.dropFirst()))
    #expect(try passage.apply([]).rows.isEmpty)
    let strict = try TransformTrial(Specimens.library.entry, configuration: #"{"reject": [1]}"#, input: columns)
    let result = try strict.apply(rows)
    #expect(result.rows == [rows[0], rows[2]])
    #expect(result.rejects == [Reject(row: 1, reason: "row 1 is unwanted")])
    #expect(throws: PluginError.self) { try passage.apply([#"{"city": 3}"#]) }
  }

  @Test func aDetectorTellsAndRemembers() throws {
    let bell = try DetectorTrial(Specimens.library.entry, columns: columns)
    let first = try bell.inspect(rows, from: 1)
    #expect(first.map(\.message) == ["2 rows"])
    #expect(first.map(\.severity) == [.critical])
    let other = try DetectorTrial(Specimens.library.entry, columns: columns)
    try other.restore(try bell.save())
    #expect(try other.inspect(rows).map(\.score) == [2])
    let end = try other.finish(RunSummary(rows: 3, wallTimeMicroseconds: 5))
    #expect(end.map(\.message) == ["3 rows at 5"])
  }

  @Test func aSplitOfOtherDataIsAConflict() throws {
    let split = Split(id: "a", identity: "new")
    func request(_ identity: String, isComplete: Bool) -> SplitRequest {
      let known = SplitPosition(split: "a", identity: identity, position: [], ordinal: 1, isComplete: isComplete)
      return SplitRequest(stream: "s", read: .full, cursor: "", known: [known], splitBytes: 0)
    }
    #expect(try request("new", isComplete: false).unread([split]).map(\.id) == ["a"])
    #expect(try request("new", isComplete: true).unread([split]).isEmpty)
    let failure = #expect(throws: PluginError.self) { try request("old", isComplete: false).unread([split]) }
    #expect(failure?.status == .conflict)
    #expect(failure?.message == "split 'a' is of 'new' now, and was of 'old' before")
  }

  @Test func aPatternWithoutStarNamesAStream() throws {
    let streams = ["a.x", "a.y", "b.x"].map { SourceStream(name: $0, schema: Schema([])) }
    func names(_ patterns: String...) throws -> [String] { try streams.matching(patterns).map(\.name) }
    #expect(try names() == ["a.x", "a.y", "b.x"])
    #expect(try names("*.x", "a.x") == ["a.x", "b.x"])
    #expect(try names("z*").isEmpty)
    let failure = #expect(throws: PluginError.self) { try names("*", "c") }
    #expect(failure?.status == .notFound)
    #expect(failure?.message == "there is no stream 'c'; the streams are 'a.x', 'a.y', 'b.x'")
  }

  @Test func aBuilderIsNotMadeOfATypeThatItHasNoLayoutFor() {
    let schema = Schema([Field("n", .int64), Field("s", .structure([]))])
    let failure = #expect(throws: PluginError.self) { _ = try RecordBuilder(schema).rowCount }
    #expect(failure?.message == "column 's': a builder makes no struct")
  }
}
