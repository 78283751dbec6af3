import Glibc
@testable import HostGate
import HostModel
@testable import HostPolicy
import Synchronization
import Testing

/// Runs `work` on as many threads at once and returns when all are done.
private func onThreads(_ count: Int, _ work: @escaping @Sendable (Int) -> Void) {
  final class Start: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
  let threads = (0..<count).map { index in
    var thread = pthread_t()
    let start = Unmanaged.passRetained(Start { work(index) }).toOpaque()
    pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().run() }
        return nil
      }, start)
    return thread
  }
  for thread in threads { pthread_join(thread, nil) }
}

@Suite struct GateThreadTests {
  /// What the threads saw, together.
  private final class Seen: Sendable {
    let inFlight = Atomic(0)
    let most = Atomic(0)
    let succeeded = Atomic(0)
    let failed = Atomic(0)
    let rejected = Atomic(0)
  }

  /// Two threads, each with a site of its own and one that they share, under a breaker that trips and recovers all the
  /// time: every call is counted once, no more than the limit is ever in flight, and at the end nothing is out.
  @Test(arguments: [UInt64(1), 2, 3])
  func noPermitIsLostOrDoubled(_ seed: UInt64) {
    print("gate hammer: seed \(seed)")
    let world = World(seed: seed)
    let dependency = world.dependency {
      $0.maxInFlight = 1
      $0.breaker.failureThreshold = 3
      $0.breaker.openDuration = .nanoseconds(1)
      $0.budget = .init(percentOfCalls: 0, reservePerSecond: 0, capacity: 0)
    }
    world.gate.tick()
    let shared = world.site(dependency)
    let own = [world.site(dependency), world.site(dependency)]
    let seen = Seen()
    let callsEach = 20_000
    onThreads(2) { [time = world.time, gate = world.gate] thread in
      var random = SplitMix64(seed: seed &* 31 &+ UInt64(thread))
      for step in 0..<callsEach {
        let status: Status = Int.random(in: 0..<50, using: &random) == 0 ? .transient : .ok
        if step % 1000 == 0 {
          time.advance(.nanoseconds(5))
          gate.tick()
        }
        let site = step % 3 == 0 ? shared : own[thread]
        let result = site.perform(deadline: .distantFuture) { _ in
          let now = seen.inFlight.add(1, ordering: .sequentiallyConsistent).newValue
          seen.most.max(now, ordering: .sequentiallyConsistent)
          seen.inFlight.subtract(1, ordering: .sequentiallyConsistent)
          return CallOutcome(status)
        }
        switch result.status {
        case .ok: seen.succeeded.add(1, ordering: .relaxed)
        case .rejected: seen.rejected.add(1, ordering: .relaxed)
        default: seen.failed.add(1, ordering: .relaxed)
        }
      }
    }
    let metrics = dependency.metrics()
    #expect(seen.most.load(ordering: .relaxed) == 1)
    #expect(metrics.permitsOut == 0 && metrics.inFlight == 0)
    #expect(metrics.counters.calls == UInt64(2 * callsEach))
    #expect(metrics.counters.successes == UInt64(seen.succeeded.load(ordering: .relaxed)))
    #expect(metrics.counters.failureCount == UInt64(seen.failed.load(ordering: .relaxed)))
    #expect(metrics.counters.rejectedCount == UInt64(seen.rejected.load(ordering: .relaxed)))
    #expect(seen.succeeded.load(ordering: .relaxed) > 0 && seen.failed.load(ordering: .relaxed) > 0)
  }

  @Test func eventsCarryEverySequenceOnceWhateverTheThread() {
    let world = World()
    let dependency = world.dependency { $0.noticeInterval = .zero }
    dependency.command(.forceOpen)
    let sites = [world.site(dependency), world.site(dependency)]
    onThreads(2) { thread in
      for _ in 0..<500 { _ = sites[thread].call(.ok) }
    }
    #expect(world.log.all.map(\.sequence).sorted() == Array(1...1001))
  }

  private struct SystemClock: Clock {
    func now() -> Instant {
      var time = timespec()
      clock_gettime(CLOCK_MONOTONIC, &time)
      return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
    func wallTime() -> WallTime { WallTime(microseconds: 0) }
  }

  @Test func theThreadWaiterReturnsAtItsInstantOrWhenCancelled() {
    let clock = SystemClock()
    let waiter = ThreadWaiter(clock: clock)
    let until = clock.now().advanced(by: .milliseconds(5))
    #expect(waiter.wait(until: until, cancellation: nil) == .elapsed)
    #expect(clock.now() >= until)
    let cancellation = Cancellation()
    // Whichever comes first, the cancellation or the wait, the wait ends; it would last for ever otherwise.
    onThreads(2) { thread in
      if thread == 0 { #expect(waiter.wait(until: .distantFuture, cancellation: cancellation) == .cancelled) }
      if thread == 1 { cancellation.cancel() }
    }
    #expect(waiter.wait(until: .distantFuture, cancellation: cancellation) == .cancelled)
  }

  @Test func theTickerStopsAndCallsReadTheClockAgain() {
    let world = World()
    let dependency = world.dependency()
    let site = world.site(dependency)
    let cancellation = Cancellation()
    cancellation.cancel()
    world.gate.runTicker(every: .milliseconds(10), cancellation: cancellation)
    world.time.advance(.seconds(5))
    let result = site.perform(deadline: at(4999)) { _ in .ok }
    #expect(result.status == .deadlineExceeded)
  }
}
