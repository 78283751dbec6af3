import HostGate
import HostModel
import HostPluginCalls
import HostPolicy
import Testing

@Suite struct ScriptedCallsTests {
  @Test func sourceReadToTheEndYieldsEveryRowAndReleasesEverythingOnce() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    try useSource(host, library)
    #expect(library.count("created") == 1 && library.count("destroyed") == 1)
    #expect(library.count("inits") == 1 && library.count("deinits") == 1)
    #expect(library.count("readers") == 1 && library.count("readers_closed") == 1)
    #expect(library.count("arrays") == 3 && library.count("arrays_released") == 3)
    #expect(library.count("batches") == 3 && library.count("batches_released") == 3)
    #expect(library.count("lists") == 2 && library.count("lists_released") == 2)
    #expect(library.count("schemas") == 2 && library.count("schemas_released") == 2)
    #expect(library.count("acks") == 1)
  }

  private func useSource(_ host: TestHost, _ library: ScriptedLibrary) throws {
    let source = try host.source(library, #"{"rows": 10, "batch_rows": 4}"#)
    let streams = try source.discover([])
    #expect(streams.map(\.name) == ["numbers"] && streams[0].schema == numbers && streams[0].key == ["id"])
    let reader = try source.firstReader()
    #expect(reader.schema == numbers)
    var ids: [Int64] = []
    var ordinals: [UInt64] = []
    while let batch = try reader.read() {
      ids += batch.rows.int64Values(0)
      ordinals.append(batch.ordinal)
    }
    #expect(ids == Array(0..<10) && ordinals == [1, 2, 3])
    try source.acknowledge(
      SplitPosition(split: "0", identity: "script", position: [], ordinal: 3, isComplete: true))
  }

  @Test func readerOpenedAtAPositionGoesOnBehindIt() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let source = try host.source(library, #"{"rows": 10, "batch_rows": 4}"#)
    let first = try source.firstReader().read()
    guard let first else { throw TestFailure("no batch") }
    let position = SplitPosition(
      split: "0", identity: "script", position: first.position, ordinal: first.ordinal, isComplete: false)
    let second = try source.firstReader(from: position).read()
    guard let second else { throw TestFailure("no batch") }
    #expect(second.rows.int64Values(0) == [4, 5, 6, 7] && second.ordinal == 2)
  }

  @Test(arguments: Status.allCases)
  func statusOfAPluginReachesTheCaller(_ status: Status) throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let source = try host.source(
      library, #"{"script": {"read": ["\#(status.name) message=because vendor_code=42"]}}"#, retries: 1)
    let reader = try source.firstReader()
    let told = failure { _ = try reader.read() }
    switch status {
    case .ok, .endOfStream: #expect(told == nil)
    case .rejected, .crashed, .hung:
      #expect(told?.status == .fatal)
      #expect(
        told?.message
          == "plugin 'scripted': read: it returned the status \(status.rawValue), which is not a plugin's to return")
    default:
      // The caller has no deadline of its own here: one that the plugin ran into was the attempt's.
      #expect(told?.status == (status == .deadlineExceeded ? .timeout : status))
      #expect(told?.message == "plugin 'scripted': read: because (attempt 1) [42]")
    }
    #expect(told == nil || told?.kind == (status == .invalidConfig || status == .unsupported ? .invalidInput : .run))
    #expect(library.count("errors") == library.count("errors_released"))
    let traits = (status == .deadlineExceeded ? Status.timeout : status).traits
    let counts = traits.origin == .host || traits.countsAgainstBreaker
    #expect(host.dependency.metrics().window.failures == (counts ? 1 : 0))
    #expect(source.isUsable == (told?.status != .fatal))
  }

  @Test func unknownStatusIsFatalAndTheInstanceIsNotCalledAgain() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let source = try host.source(library, #"{"script": {"discover": ["77"]}}"#)
    #expect(
      failure { _ = try source.discover([]) }?.message
        == "plugin 'scripted': discover: it returned the status 77, which is not a plugin's to return")
    let calls = library.count("calls")
    #expect(
      failure { _ = try source.discover([]) }?.message
        == "plugin 'scripted': discover: the instance is unusable after an earlier call")
    #expect(library.count("calls") == calls)
  }

  @Test func failureWithoutAReasonSaysSo() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let source = try host.source(library, #"{"script": {"discover": ["not_found silent"]}}"#)
    #expect(failure { _ = try source.discover([]) }?.message == "plugin 'scripted': discover: it gave no reason")
  }

  @Test func hugeMessageIsCut() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let source = try host.source(library, #"{"script": {"discover": ["not_found message_bytes=5000000"]}}"#)
    let told = failure { _ = try source.discover([]) }
    #expect((told?.message.utf8.count ?? 0) < 9000 && told?.message.hasSuffix("mmm ...") == true)
    #expect(library.count("errors_released") == 1)
  }

  @Test func vendorStateIsPreferredToTheNumber() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let source = try host.source(
      library, #"{"script": {"discover": ["unauthenticated vendor_state=28P01 vendor_code=7"]}}"#)
    let told = failure { _ = try source.discover([]) }
    #expect(told?.message == "plugin 'scripted': discover: the script says so (attempt 1) [28P01]")
    #expect(told?.advice == "check the credentials in the pipeline file")
  }

  @Test func failedCreateMakesNoInstanceAndUndoesItsInit() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let told = failure { _ = try host.source(library, #"{"script": {"create": ["invalid_config message=no"]}}"#) }
    #expect(told?.message == "plugin 'scripted': create: no (attempt 1)" && told?.kind == .invalidInput)
    #expect(
      failure { _ = try host.source(library, #"{"script": {"create": ["ok nothing"]}}"#) }?.message
        == "plugin 'scripted': create: it returned no instance")
    #expect(library.count("inits") == 2 && library.count("deinits") == 2)
    #expect(library.count("created") == 0 && library.count("destroyed") == 0)
  }

  @Test func twoInstancesOnTwoLanesDoNotDisturbEachOther() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let lanes = try (0..<2).map { _ in
      try Background { [host] () throws(Failure) -> Int64 in
        let source = try SourceInstance(
          library.plugin, config: #"{"rows": 5000, "batch_rows": 10}"#, context: host.context(), host: host.services)
        let reader = try source.firstReader()
        var sum: Int64 = 0
        while let batch = try reader.read() { sum += batch.rows.int64Values(0).reduce(0, +) }
        return sum
      }
    }
    for lane in lanes { #expect(try lane.value() == 5000 * 4999 / 2) }
    #expect(library.count("arrays") == 1000 && library.count("arrays_released") == 1000)
    #expect(library.count("created") == 2 && library.count("destroyed") == 2)
  }

  @Test func batchOutlivesItsReaderAndItsInstance() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let batch = try host.source(library, "{}").firstReader().read()
    #expect(library.count("destroyed") == 1 && library.count("arrays_released") == 0)
    guard let batch else { throw TestFailure("no batch") }
    #expect(batch.rows.int64Values(0) == Array(0..<10))
    drop(batch)
    #expect(library.count("arrays_released") == 1)
  }
}

func drop(_ batch: consuming SourceBatch) {}

extension RecordBatch {
  func int64Values(_ column: Int) -> [Int64] { values(column, as: Int64.self) }

  /// The values of a column of that fixed width, without nulls.
  func values<Value>(_ column: Int, as type: Value.Type) -> [Value] {
    withArray { array in
      guard let child = array.pointee.children[column], let buffer = child.pointee.buffers[1] else { return [] }
      let first = Int(array.pointee.offset + child.pointee.offset)
      let values = buffer.assumingMemoryBound(to: Value.self)
      return (0..<Int(array.pointee.length)).map { values[first + $0] }
    }
  }
}
