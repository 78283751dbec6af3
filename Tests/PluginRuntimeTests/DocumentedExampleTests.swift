import HostModel
import HostPluginCalls
import Testing

/// The source of the documentation, compiled as the documentation says, and run.
@Suite struct DocumentedExampleTests {
  @Test func counterCountsAndResumes() throws {
    let host = try TestHost()
    let library = host.folder.path + "/libcounter.so"
    try Built.compile("docs/plugins/examples/counter.c", to: library)
    let plugin = try LoadedPlugin(path: library)
    #expect(plugin.description.name == "counter" && plugin.description.schemas.keys.sorted() == ["source"])
    let source = try SourceInstance(
      plugin, config: #"{"count": 100000}"#, context: host.context(), host: host.services)
    let stream = try source.discover(["numbers"])[0]
    #expect(stream.schema == Schema([Field("n", .integer(bits: 64), nullable: false)]))
    #expect(try source.discover(["n*"]).count == 1 && source.discover(["x*"]).isEmpty)
    #expect(failure { _ = try source.discover(["letters"]) }?.status == .notFound)
    let first = try read(source, from: nil)
    #expect(first.values == Array(0..<65_536))
    let second = try read(source, from: first.position)
    #expect(second.values == Array(65_536..<100_000) && second.position.ordinal == 2)
    let done = SplitPosition(
      split: "all", identity: "counter", position: second.position.position, ordinal: 2, isComplete: true)
    #expect(try source.splits(of: "numbers", read: .full, known: [done], splitBytes: 1 << 20).splits.isEmpty)
  }

  @Test func positionBehindTheEndIsAConflict() throws {
    let host = try TestHost()
    let library = host.folder.path + "/libcounter.so"
    try Built.compile("docs/plugins/examples/counter.c", to: library)
    let source = try SourceInstance(
      try LoadedPlugin(path: library), config: #"{"count": 5}"#, context: host.context(), host: host.services)
    let position = SplitPosition(
      split: "all", identity: "counter", position: [6, 0, 0, 0, 0, 0, 0, 0], ordinal: 1, isComplete: false)
    let told = failure { _ = try read(source, from: position) }
    #expect(told?.message == "plugin 'counter': open: the stream is shorter than when it was read")
    #expect(told?.status == .conflict)
  }

  /// The first batch from a position, and the position after it.
  private func read(
    _ source: SourceInstance, from position: SplitPosition?
  ) throws -> (values: [Int64], position: SplitPosition) {
    let plan = try source.splits(of: "numbers", read: .full, known: [], splitBytes: 1 << 20)
    let reader = try source.open(
      SplitRequest(
        split: plan.splits[0], stream: "numbers", read: .full, position: position, batchBytes: 1 << 20,
        batchRows: 1 << 16))
    let batch = try reader.read()
    guard let batch else { throw TestFailure("no batch") }
    let after = SplitPosition(
      split: "all", identity: "counter", position: batch.position, ordinal: batch.ordinal, isComplete: false)
    return (batch.rows.int64Values(0), after)
  }
}
