import CHeadrace
import Glibc
import HostGate
import HostModel
@testable import HostPluginCalls
import HostPolicy
import HostSystem
import Testing

/// Sources in worker processes, which read a batch before they are asked for it.
@Suite struct ReadAheadTests {
  /// A host and the scripted library in workers of its own.
  private struct Fixture {
    let folder: TestFolder
    let host: RealHost
    let plugin: LoadedPlugin

    init() throws {
      folder = try TestFolder()
      host = RealHost(folder)
      let library = try ScriptedLibrary(in: folder)
      plugin = library.plugin(in: .worker)
    }

    /// Five batches of ten rows.
    func source(
      _ reads: [String], more: String = "", timeout: Duration = .seconds(20), maxInFlight: Int? = nil
    ) throws -> SourceInstance {
      let steps = reads.map { "\"\($0)\"" }.joined(separator: ", ")
      let config = "{\"rows\": 50, \"batch_rows\": 10, \"script\": {\"read\": [\(steps)]\(more)}}"
      let context = host.context(timeout: timeout, maxInFlight: maxInFlight)
      return try SourceInstance(plugin, config: config, context: context, host: host.services)
    }

    /// Attempts that the gate has repeated.
    var repeats: [Status] {
      host.events.current.compactMap { event in
        if case .dependency(_, .retry(_, _, let status)) = event.kind { return status }
        return nil
      }
    }
  }

  private func remote(_ source: SourceInstance) throws -> RemoteInstance {
    try #require(RemoteInstance.of(source.handle))
  }

  private func rows(_ reader: SourceReader) throws -> [Int64]? {
    guard let batch = try reader.read() else { return nil }
    return batch.takeRows().int64Values(0)
  }

  private func rest(_ reader: SourceReader) throws -> [Int64] {
    var all: [Int64] = []
    while let more = try rows(reader) { all += more }
    return all
  }

  private func numbers(_ range: Range<Int64>) -> [Int64] { Array(range) }

  /// Whether a process has ended, though nobody has waited for it yet.
  private func isOver(_ process: Int32) -> Bool {
    guard let bytes = try? SystemFiles().read("/proc/\(process)/stat", limit: 1 << 12) else { return true }
    return String(decoding: bytes, as: UTF8.self).contains(") Z ")
  }

  /// A source whose first batch was taken and whose second one is read ahead. A machine that is busy may take so long over the first
  /// one that nothing is.
  private func readingAhead(
    _ fixture: Fixture, _ reads: [String], timeout: Duration = .seconds(20)
  ) throws -> (SourceInstance, SourceReader) {
    for _ in 0..<100 {
      let source = try fixture.source(reads, timeout: timeout)
      let reader = try source.firstReader()
      #expect(try rows(reader) == numbers(0..<10))
      if try remote(source).ahead != nil { return (source, reader) }
    }
    throw TestFailure("nothing is ever read ahead")
  }

  // MARK: Whether and when

  @Test func theNextBatchIsReadWithoutBeingAskedFor() throws {
    let fixture = try Fixture()
    let (source, reader) = try readingAhead(fixture, ["ok", "die=exit"])
    let process = try #require(try remote(source).worker).processID
    try eventually("the worker dies of a read that nobody has asked for") { isOver(process) }
    #expect(try rows(reader) == numbers(10..<20))
    #expect(fixture.repeats == [.crashed])
  }

  @Test func whatIsReadAheadComesInOrderAndOnce() throws {
    let fixture = try Fixture()
    let source = try fixture.source(["ok", "ok rejects=1", "ok"])
    let reader = try source.firstReader()
    var ordinals: [UInt64] = []
    var all: [Int64] = []
    while let batch = try reader.read() {
      ordinals.append(batch.ordinal)
      #expect(batch.rejects.count == (batch.ordinal == 2 ? 1 : 0))
      all += batch.takeRows().int64Values(0)
    }
    #expect(all == numbers(0..<50) && ordinals == [1, 2, 3, 4, 5])
    #expect(try remote(source).ahead == nil, "nothing is read behind the end")
    #expect(fixture.repeats == [])
  }

  @Test func aBatchThatTookLongIsNotFollowedByOneThatNobodyAskedFor() throws {
    let fixture = try Fixture()
    let source = try fixture.source(["ok sleep_ms=150", "ok"])
    let reader = try source.firstReader()
    _ = try rows(reader)
    #expect(try remote(source).ahead == nil)
    #expect(try rows(reader) == numbers(10..<20))
    #expect(try rest(reader) == numbers(20..<50))
  }

  /// A call that the gate has not let through would be one more than it allows.
  @Test func nothingIsReadAheadWhereTheGateCountsCalls() throws {
    let fixture = try Fixture()
    let source = try fixture.source(["ok"], maxInFlight: 1)
    let reader = try source.firstReader()
    var all: [Int64] = []
    while let more = try rows(reader) {
      all += more
      #expect(try remote(source).ahead == nil)
    }
    #expect(all == numbers(0..<50))
  }

  // MARK: Other calls

  @Test func otherCallsBetweenReadsLeaveTheNextBatchWhereItIs() throws {
    let fixture = try Fixture()
    // Nothing is read ahead of a batch that took long, as on a busy machine: then once more.
    for _ in 0..<100 where try callsBetweenReads(fixture) > 0 { return }
    throw TestFailure("nothing is ever read ahead")
  }

  /// - Returns: how often a batch was there while other calls were made.
  private func callsBetweenReads(_ fixture: Fixture) throws -> Int {
    let source = try fixture.source(["ok"])
    let reader = try source.firstReader()
    var all: [Int64] = []
    var kept = 0
    while let batch = try reader.read() {
      let position = SplitPosition(
        split: "0", identity: "numbers", position: batch.position, ordinal: batch.ordinal, isComplete: false)
      all += batch.takeRows().int64Values(0)
      try source.acknowledge(position)
      #expect(try source.discover([]).count == 1)
      #expect(try source.splits(of: "numbers", read: .full, known: [], splitBytes: 1 << 20).splits.count == 1)
      if try remote(source).ahead?.answer != nil { kept += 1 }
    }
    #expect(all == numbers(0..<50) && fixture.repeats == [])
    return kept
  }

  /// The plugin waits until it is cancelled; that is nobody's failure, and the worker stays.
  @Test func closingEndsWhatIsReadAhead() throws {
    let fixture = try Fixture()
    let source: SourceInstance
    var reader: SourceReader?
    (source, reader) = try readingAhead(fixture, ["ok", "ok wait", "ok"])
    let remote = try remote(source)
    let process = remote.worker?.processID
    withExtendedLifetime(reader) {}
    reader = nil
    #expect(remote.ahead == nil && remote.worker?.processID == process)
    #expect(try rest(try source.firstReader()) == numbers(0..<50))
    #expect(remote.worker?.processID == process && fixture.repeats == [])
  }

  @Test func closingGivesBackWhatWasReadAhead() throws {
    let fixture = try Fixture()
    let source = try fixture.source(["ok"])
    let remote = try remote(source)
    for _ in 0..<40 {
      let reader = try source.firstReader()
      #expect(try rows(reader) == numbers(0..<10))
    }
    let reader = try source.firstReader()
    #expect(try rest(reader) == numbers(0..<50) && remote.generation == 1)
    #expect(remote.exchange?.lentCount == 0)
  }

  @Test func destroyingEndsTheWorkerThatReadsAhead() throws {
    let fixture = try Fixture()
    let process = try { () throws in
      let (source, reader) = try readingAhead(fixture, ["ok", "ok wait"])
      defer { withExtendedLifetime(reader) {} }
      return try remote(source).worker?.processID ?? 0
    }()
    #expect(process > 0 && kill(process, 0) != 0, "it has been waited for")
  }

  /// A log and counters of a call that nobody has asked for yet are as complete as those of any other.
  @Test func whatIsSaidInAReadAheadIsHeard() throws {
    let fixture = try Fixture()
    let (_, reader) = try readingAhead(fixture, ["ok", "ok metrics=2000", "ok"])
    #expect(try rest(reader) == numbers(10..<50))
    let told = try #require(fixture.host.services.provider.metrics.current["scripted"])
    #expect(told.counters.count + told.gauges.count == PluginMetrics.namesOfAnInstance)
    #expect(told.dropped == 2001 - Int64(PluginMetrics.namesOfAnInstance))
  }

  // MARK: Ends

  @Test func aCancelReachesTheReadThatBeganBeforeItsCall() throws {
    for _ in 0..<20 {
      let fixture = try Fixture()
      let source = try fixture.source(["ok", "ok wait"])
      let (isReading, isOver) = (Shared(false), Shared(false))
      let call = try Background { () throws(Failure) in
        defer { isOver.change { $0 = true } }
        let reader = try source.firstReader()
        _ = try reader.read()
        isReading.change { $0 = true }
        _ = try reader.read()
      }
      try eventually("the first batch is there") { isReading.current }
      // Before, at, or after the second call.
      fixture.host.cancellation.cancel()
      try eventually("it ends") {
        fixture.host.services.watchdog.look()
        return isOver.current
      }
      #expect(failure { _ = try call.value() }?.status == .cancelled)
    }
  }

  /// The batch had as long as it was promised, but the call that asks for it begins only now.
  @Test func aReadAheadWhoseTimeIsUpIsNoFailure() throws {
    let fixture = try Fixture()
    let (_, reader) = try readingAhead(fixture, ["ok", "ok wait", "ok"], timeout: .seconds(3))
    let (end, before) = (SystemClock().now().advanced(by: .milliseconds(3100)), fixture.repeats)
    try eventually("its time is up") { SystemClock().now() > end }
    #expect(try rows(reader) == numbers(10..<20))
    #expect(try rest(reader) == numbers(20..<50) && fixture.repeats == before)
  }

  @Test func aReadAheadThatHangsIsFoundByTheNextRead() throws {
    let fixture = try Fixture()
    let (_, reader) = try readingAhead(fixture, ["ok", "ok hang"], timeout: .milliseconds(500))
    let before = fixture.repeats
    #expect(try rows(reader) == numbers(10..<20))
    #expect(fixture.repeats == before + [.hung])
  }

  /// Dies at a place and in a way that the seed says, in every worker anew; no row is lost or doubled.
  @Test(arguments: 1...12) func deathsInReadsAheadLoseAndDoubleNothing(seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed))
    let place = Int.random(in: 1...4, using: &random)
    let how = ["die=abort", "die=segv", "die=exit", "log=3 die=segv"].randomElement(using: &random) ?? "die=exit"
    let fixture = try Fixture()
    let source = try fixture.source([String](repeating: "ok", count: place) + [how])
    let reader = try source.firstReader()
    var all: [Int64] = []
    while let batch = try reader.read() {
      let position = SplitPosition(
        split: "0", identity: "numbers", position: batch.position, ordinal: batch.ordinal, isComplete: false)
      all += batch.takeRows().int64Values(0)
      // Meets the death of the read that goes before it, or comes in time.
      if Bool.random(using: &random) { try source.acknowledge(position) }
    }
    #expect(all == numbers(0..<50), "seed \(seed): \(how) behind \(place)")
    #expect(!fixture.repeats.isEmpty && fixture.repeats.allSatisfy { $0 == .crashed }, "seed \(seed)")
  }

  @Test func theDeathOfAReadAheadIsToldWithItsLastLines() throws {
    let fixture = try Fixture()
    let (source, reader) = try readingAhead(fixture, ["ok", "log=2 die=abort"])
    defer { withExtendedLifetime(reader) {} }
    let remote = try remote(source)
    var (call, error) = (headrace_call(), headrace_error.empty)
    call.deadline_ns = .max
    #expect(remote.read(&call, remote.handle(1), nil, &error) == HEADRACE_CRASHED)
    let told = String(error.message)
    error.release?(&error)
    #expect(told.contains("SIGABRT") && told.contains("line 0 | line 1"), "\(told)")
  }
}
