import HostGate
import HostModel
import HostObjects
import HostPolicy
import Synchronization
import TestSupport
import Testing

/// A store in memory whose disk fails by script, behind a gate that waits in virtual time.
@Suite struct GatedStoreTests {
  private let clock = VirtualClock()
  private let files: MemoryFileSystem
  private let seen = Seen()
  private let gate: Gate

  init() {
    files = MemoryFileSystem(seed: 1, clock: clock)
    let seen = seen
    gate = Gate(clock: clock, waiter: Leap(clock), seed: 1) { seen.add($0) }
  }

  private func store(_ change: (inout GateConfiguration) -> Void = { _ in }) throws -> GatedStore {
    var configuration = GateConfiguration()
    change(&configuration)
    return GatedStore(
      try DirectoryStore(root: "/lake", files: files),
      calls: ServerCalls(gate, .objects("test"), operation: .fileUpload, configuration: configuration))
  }

  private var counters: GateCounters { gate.dependency(.objects("test")).metrics().counters }

  /// Every operation of a put fails once, one after the other: what the first attempt has left is never in the way.
  @Test func putThatFailsAnywhereIsMadeAgainAndDurable() throws {
    for step in 0..<40 {
      let world = GatedStoreTests()
      let store = try world.store()
      let before = world.files.trace.count
      world.files.inject(.failure(at: before + step))
      try store.put("t/metadata/v1.json", [1, 2, 3])
      guard world.seen.names.contains("retry") else {
        // The last operation of a put that meets no failure.
        #expect(step >= 6, "a put has at least six operations")
        return
      }
      #expect(world.seen.names == ["retry"], "operation \(step)")
      world.files.crash(.everythingUnsynced)
      #expect(try store.get("t/metadata/v1.json", limit: 10) == [1, 2, 3], "operation \(step)")
      #expect(try store.list("").map(\.key) == ["t/metadata/v1.json"])
    }
    Issue.record("a put never ends without a failure")
  }

  @Test func objectOfSomebodyElseIsAConflictAtTheFirstAttemptAndAtLaterOnes() throws {
    let store = try store()
    try store.put("a", [1])
    #expect(failure { try store.put("a", [1]) }?.status == .conflict)
    files.inject(.failure(at: files.trace.count))
    #expect(failure { try store.put("a", [2]) }?.status == .conflict)
    files.inject(.failure(at: files.trace.count))
    #expect(failure { try store.put("a", [1, 2]) }?.status == .conflict)
    #expect(try store.get("a", limit: 9) == [1])
  }

  @Test func fullDiskIsToldAtOnceInItsOwnWords() throws {
    let store = try store()
    files.inject(.diskFull(after: 0))
    let told = failure { try store.put("a", [1]) }
    #expect(told?.kind == .environment && told?.status == .quotaExhausted)
    #expect(told?.message.hasSuffix("No space left on device") == true)
    #expect(!seen.names.contains("retry") && clock.now() == VirtualClock().now())
  }

  @Test func partOfAnObjectIsNotWrittenTwice() throws {
    let store = try store()
    let upload = try store.begin("a")
    try upload.writeAll([1])
    files.inject(.failure(at: files.trace.count))
    #expect(failure { try upload.writeAll([2]) }?.status == .transient)
    upload.abort()
    #expect(!seen.names.contains("retry"))
    #expect(try store.list("").isEmpty)
  }

  @Test func openBreakerRefusesAndSaysWhereToLook() throws {
    let store = try store { $0.breaker.consecutiveFailures = 1 }
    let upload = try store.begin("a")
    files.inject(.failure(at: files.trace.count))
    #expect(failure { try upload.writeAll([1]) } != nil)
    let told = failure { _ = try store.get("a", limit: 1) }
    #expect(told?.status == .rejected && told?.kind == .environment)
    #expect(told?.message == "objects:test: the circuit breaker is open (consecutive_failures)")
    #expect(told?.advice?.contains("headrace why objects:test") == true)
    clock.advance(to: clock.now().advanced(by: .seconds(31)))
    try store.put("a", [1])
    #expect(gate.dependency(.objects("test")).breakerState == .halfOpen)
  }

  @Test func noLevelRefusesTheLake() throws {
    let store = try store()
    gate.pin(.emergency, of: gate.platform)
    try store.put("a", [1])
    #expect(try store.get("a", limit: 1) == [1])
    #expect(counters.successes == 2)
  }
}

/// Moves the clock instead of waiting.
private final class Leap: Waiter {
  private let clock: VirtualClock
  init(_ clock: VirtualClock) { self.clock = clock }

  func wait(until instant: Instant, cancellation: Cancellation?) -> WaitResult {
    clock.advance(to: instant)
    return .elapsed
  }
}

private final class Seen: Sendable {
  private let events = Mutex<[GateEvent]>([])
  func add(_ event: GateEvent) { events.withLock { $0.append(event) } }
  var names: [String] { events.withLock { $0.map(\.name) } }
}
