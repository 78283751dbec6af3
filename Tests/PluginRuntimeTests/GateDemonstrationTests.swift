import HostGate
import HostModel
import HostPluginCalls
import HostPolicy
import Testing

/// A plugin that fails by script shows at the gate: retries, the breaker, the level.
@Suite struct GateDemonstrationTests {
  @Test func transientFailureIsRepeatedAndEachAttemptHasItsNumber() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let source = try host.source(
      library, #"{"script": {"discover": ["transient", "throttled retry_after_ms=900", "ok"]}}"#)
    let began = host.clock.now()
    #expect(try source.discover([]).count == 1)
    #expect(host.clock.now().duration(since: began) == .milliseconds(200 + 900))
    let retries = host.events.current.compactMap(\.retry)
    #expect(retries.map(\.attempt) == [1, 2] && retries.map(\.status) == [.transient, .throttled])
    #expect(host.dependency.metrics().counters.retries == 2)
    #expect(library.count("errors") == 2 && library.count("errors_released") == 2)
  }

  @Test func lastAttemptIsTold() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let source = try host.source(library, #"{"script": {"discover": ["transient message=reset forever"]}}"#)
    let told = failure { _ = try source.discover([]) }
    #expect(told?.message == "plugin 'scripted': discover: reset (attempt 3) (3 attempts)")
    #expect(told?.advice == "run again when the dependency answers: positions are kept")
  }

  @Test func readIsRepeatedFromTheLastPositionByAnotherReader() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let reader = try host.source(
      library, #"{"batch_rows": 4, "script": {"read": ["ok", "transient", "truncated", "ok"]}}"#
    ).firstReader()
    #expect(try reader.read()?.rows.int64Values(0) == [0, 1, 2, 3])
    #expect(try reader.read()?.rows.int64Values(0) == [4, 5, 6, 7])
    #expect(host.dependency.metrics().counters.retries == 2)
    #expect(library.count("readers") == 3 && library.count("readers_closed") == 2)
  }

  @Test func readThatFailedForGoodGoesOnFromTheLastPositionWhenAskedAgain() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let reader = try host.source(
      library, #"{"batch_rows": 4, "script": {"read": ["ok", "not_found"]}}"#
    ).firstReader()
    #expect(try reader.read()?.ordinal == 1)
    #expect(failure { _ = try reader.read() }?.status == .notFound)
    #expect(library.count("readers_closed") == 1)
    #expect(try reader.read()?.rows.int64Values(0) == [4, 5, 6, 7])
  }

  @Test func columnsThatChangeWhileAStreamIsReadAreAConflict() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let reader = try host.source(
      library, #"{"script": {"open": ["ok", "ok renamed"], "read": ["transient"]}}"#
    ).firstReader()
    let told = failure { _ = try reader.read() }
    #expect(told?.message == "the columns of 'numbers' changed while it was read" && told?.status == .conflict)
    #expect(library.count("schemas") == library.count("schemas_released"))
    #expect(library.count("readers") == library.count("readers_closed"))
  }

  @Test func fifthFailureOpensTheBreakerWhichRejectsWithItsCause() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let reader = try host.source(library, #"{"script": {"read": ["transient forever"]}}"#, retries: 1).firstReader()
    for _ in 0..<5 { #expect(failure { _ = try reader.read() }?.status == .transient) }
    #expect(host.dependency.breakerState == .open)
    let calls = library.count("calls")
    let told = failure { _ = try reader.read() }
    #expect(told?.status == .rejected)
    #expect(told?.message == "plugin 'scripted': read: the circuit breaker is open (failure_threshold)")
    #expect(library.count("calls") == calls)
    let moves = host.events.current.compactMap(\.breaker)
    #expect(moves.map(\.to) == [.open] && moves[0].cause == .failures(5))
    #expect(host.events.current.contains { $0.name == "rejected" && $0.origin?.pipeline == "orders" })
    #expect(host.dependency.metrics().counters.rejected[.breakerOpen] == 1)
  }

  @Test func openBreakerClosesAfterThreeSuccessesOnceItsTimeIsOver() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let script = Array(repeating: #""transient""#, count: 5).joined(separator: ",")
    let source = try host.source(library, #"{"script": {"ack": [\#(script)]}}"#)
    let position = SplitPosition(split: "0", identity: "", position: [], ordinal: 1, isComplete: false)
    // Three attempts, then two: the breaker opens in the middle of the second call.
    #expect(failure { try source.acknowledge(position) }?.status == .transient)
    #expect(failure { try source.acknowledge(position) }?.status == .rejected)
    host.clock.advance(by: .seconds(30))
    for _ in 0..<3 { try source.acknowledge(position) }
    #expect(host.events.current.compactMap(\.breaker).map(\.to) == [.open, .halfOpen, .closed])
    #expect(library.count("acks") == 3)
  }

  @Test func raisedLevelRejectsWhatTheFeatureNoLongerDoes() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let source = try host.source(library, "{}")
    let origin = CallOrigin(tenant: .standard, sourceID: SourceID(1), pipeline: "orders")
    host.gate.report(.level2, of: host.gate.pipeline(origin), cause: .highLatency)
    let told = failure { _ = try source.discover([]) }
    #expect(
      told?.message
        == "plugin 'scripted': discover: data_ingestion is degraded to 'pass_through' at level 'level_2'")
    #expect(told?.status == .rejected)
    #expect(host.events.current.contains { $0.name == "level" && $0.origin?.pipeline == "orders" })
    host.gate.report(.normal, of: host.gate.pipeline(origin), cause: .recovered)
    #expect(try source.discover([]).count == 1)
  }
}

extension GateEvent {
  var retry: (attempt: Int, status: Status)? {
    guard case .dependency(_, .retry(let attempt, _, let status)) = kind else { return nil }
    return (attempt, status)
  }

  var breaker: BreakerTransition? {
    guard case .dependency(_, .breaker(let transition)) = kind else { return nil }
    return transition
  }
}
