import HostModel
import HostPluginCalls
import HostSystem
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

  /// In C++: what it has learnt goes into another instance, and into another worker.
  @Test func highestLearnsSavesAndRestores() throws {
    let folder = try TestFolder()
    let (host, library) = (RealHost(folder), folder.path + "/libhighest.so")
    try Built.compile("docs/plugins/examples/highest.cpp", to: library)
    let here = try LoadedPlugin(path: library)
    func detector(_ plugin: LoadedPlugin) throws -> DetectorInstance {
      try DetectorInstance(
        plugin, config: #"{"column": "id"}"#, stream: "numbers", schema: ExportedSchema(numbers),
        context: host.context(),
        host: host.services)
    }
    for plugin in [here, LoadedPlugin(library, inWorkersLike: here)] {
      let first = try detector(plugin)
      #expect(try first.save() == Array("1".utf8))
      #expect(try first.inspect(numbersBatch(rows: 3)).map(\.message) == ["id is 1, above 0", "id is 2, above 1"])
      if plugin.isWorker { try first.endWorker() }
      #expect(try first.inspect(numbersBatch(rows: 4)).map(\.row) == [3])
      #expect(try first.finish(rows: 7, at: WallTime(microseconds: 0)).isEmpty)
      let state = try first.save()
      #expect(state == Array("13".utf8))
      let second = try detector(plugin)
      try second.restore(state ?? [])
      #expect(try second.inspect(numbersBatch(rows: 4)).isEmpty)
      #expect(try second.inspect(numbersBatch(rows: 5)).map(\.message) == ["id is 4, above 3"])
      #expect(try second.finish(rows: 0, at: WallTime(microseconds: 0)).map(\.rule) == ["no_rows"])
      let third = try detector(plugin)
      for foreign in ["", "2", "1x", "199999999999999999999"] {
        #expect(failure { try third.restore(Array(foreign.utf8)) }?.status == .unsupported, "\(foreign)")
      }
      #expect(try third.save() == Array("1".utf8))
    }
  }

  /// With the kit for C: wrong lines become rejects, wherever batches begin, and a line of the log each.
  @Test(arguments: [false, true]) func readingsRejectsLinesThatAreNone(inWorker: Bool) throws {
    let folder = try TestFolder()
    let (host, library) = (RealHost(folder), folder.path + "/libreadings.so")
    try Built.compile("docs/plugins/examples/readings.c", to: library)
    let long = String(repeating: "x", count: 70_000)
    let lines = (1...2400).map { number in
      switch number {
      case 1200: long
      case 1201: ""
      case let number where number % 500 == 7: "cellar twelve"
      default: "cellar \(number).5"
      }
    }
    try SystemFiles().replaceDurably(folder.path + "/readings.txt", Array(lines.joined(separator: "\n").utf8))
    let here = try LoadedPlugin(path: library)
    let source = try SourceInstance(
      inWorker ? LoadedPlugin(library, inWorkersLike: here) : here,
      config: #"{"file": "\#(folder.path)/readings.txt"}"#,
      context: host.context(), host: host.services)
    let plan = try source.splits(of: "readings", read: .full, known: [], splitBytes: 1 << 20)
    var position: SplitPosition?
    var (values, rejects, shapes): ([Double], [String], [[Int]]) = ([], [], [])
    while true {
      // Each batch by a reader of its own, which goes on where the one before stopped.
      let reader = try source.open(
        SplitRequest(
          split: plan.splits[0], stream: "readings", read: .full, position: position, batchBytes: 1 << 20,
          batchRows: 1 << 16))
      guard let batch = try reader.read() else { break }
      values += batch.rows.values(1, as: Double.self)
      rejects += batch.rejects.map { "\($0.place): \($0.reason.prefix(24)), \($0.record.count), \($0.row ?? -1)" }
      shapes.append([batch.rows.rowCount, batch.rejects.count])
      position = SplitPosition(
        split: "all", identity: "", position: batch.position, ordinal: batch.ordinal, isComplete: false)
    }
    let wrong: Set = [7, 507, 1007, 1200, 1201, 1507, 2007]
    #expect(values == (1...2400).filter { !wrong.contains($0) }.map { Double($0) + 0.5 })
    #expect(shapes == [[998, 2], [996, 4], [399, 1]])
    let told = wrong.sorted().map { number in
      switch number {
      case 1200: "line 1200: 'xxxxxxxxxxxxxxxxxxxxxxx, 65536, -1"
      case 1201: "line 1201: '' is no name and number, 0, -1"
      default: "line \(number): 'cellar twelve' is no na, 13, -1"
      }
    }
    #expect(rejects == told)
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
