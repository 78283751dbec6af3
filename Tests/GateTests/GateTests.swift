@testable import HostGate
import HostModel
@testable import HostPolicy
import Synchronization
import Testing

@Suite struct GateTests {
  let world = World()

  @Test func successesAreCountedWithAndWithoutTheFastPath() {
    let dependency = world.dependency()
    let site = world.site(dependency)
    for call in 1...300 {
      // Untimed from the hundredth call on.
      if call == 100 { world.gate.tick() }
      let result = site.call(call % 2 == 0 ? .ok : .endOfStream)
      #expect(result.isSuccess && result.attempts == 1 && result.failure == nil)
    }
    let metrics = dependency.metrics()
    #expect(metrics.counters.calls == 300 && metrics.counters.successes == 300)
    #expect(metrics.window == BreakerTally(calls: 300))
    #expect(metrics.retryBudget == 100)
    #expect(metrics.latencies.total > 99 && metrics.latencies.total < 110)
  }

  @Test func aTransientFailureIsRetriedAsTheSpecificationSays() {
    world.gate.tick()
    let dependency = world.dependency()
    let site = world.site(dependency)
    let error = CallError("connection reset", vendorCode: "08006")
    let result = site.call(.transient, error)
    #expect(result.status == .transient && result.attempts == 3)
    #expect(result.failure?.stop == .attemptsExhausted)
    #expect(result.failure?.lastError === error)
    #expect(world.time.waits.count == 2)
    #expect((200...220).contains(world.time.waits[0]) && (400...440).contains(world.time.waits[1]))
    #expect(world.log.names == ["retry", "retry"])
    #expect(world.log.all.allSatisfy { $0.origin == world.origin })
    #expect(dependency.metrics().permitsOut == 0)
  }

  @Test func theBodySeesAttemptsDeadlineAndMode() {
    world.gate.tick()
    let site = world.site(world.dependency(), timeout: .milliseconds(50))
    for isTimed in [false, true] {
      var seen: [(Int, Instant, FeatureMode)] = []
      let start = world.time.now()
      if !isTimed { _ = site.call(.ok) }
      let result = site.perform(deadline: start.advanced(by: .seconds(10))) { attempt in
        seen.append((attempt.number, attempt.deadline, attempt.mode))
        return CallOutcome(attempt.number == 1 ? .transient : .ok)
      }
      #expect(result.isSuccess && result.attempts == 2)
      #expect(seen.map(\.0) == [1, 2])
      #expect(seen[0].1 == start.advanced(by: .milliseconds(50)))
      #expect(seen.allSatisfy { $0.2 == .naturalLanguageToSQL })
      world.gate.tick()
    }
  }

  @Test func fiveFailuresOpenTheBreakerAndThreeSuccessesCloseIt() {
    world.gate.tick()
    let dependency = world.dependency()
    let site = world.site(dependency, idempotent: false)
    for _ in 0..<5 { #expect(site.call(.transient).failure?.stop == .notIdempotent) }
    let refused = site.call(.ok)
    #expect(refused.status == .rejected && refused.attempts == 0)
    guard case .breaker(let rejection) = refused.failure?.rejection else {
      Issue.record("no rejection by the breaker")
      return
    }
    #expect(rejection.cause == .failures(5) && rejection.retryAt == at(30_000))
    world.time.advance(.seconds(30))
    for _ in 0..<3 { #expect(site.call(.ok).isSuccess) }
    #expect(dependency.breakerState == .closed)
    #expect(site.call(.ok).isSuccess)
    #expect(world.log.names == ["breaker", "rejected", "breaker", "breaker"])
    #expect(world.log.all.map(\.sequence) == [1, 2, 3, 4])
  }

  @Test func retryAfterKeepsTheBreakerOpenLonger() {
    let dependency = world.dependency { $0.breaker.failureThreshold = 1 }
    let site = world.site(dependency, idempotent: false)
    _ = site.call(.throttled, CallError("slow down", retryAfter: .seconds(90)))
    world.time.advance(.milliseconds(89_999))
    #expect(site.call(.ok).status == .rejected)
    world.time.advance(.milliseconds(1))
    #expect(site.call(.ok).isSuccess)
  }

  /// The breaker opens while a call is under way that began on the fast path: its success counts nowhere.
  @Test func aLateResultCountsNowhere() {
    world.gate.tick()
    let dependency = world.dependency { $0.breaker.failureThreshold = 1 }
    let (late, other) = (world.site(dependency), world.site(dependency, idempotent: false))
    _ = late.call(.ok)
    let result = late.perform(deadline: .distantFuture) { _ in
      _ = other.call(.transient)
      return .ok
    }
    #expect(result.isSuccess)
    #expect(dependency.breakerState == .open)
    dependency.command(.close)
    #expect(dependency.metrics().window == BreakerTally())
    #expect(dependency.metrics().counters.successes == 2)
  }

  @Test(arguments: [true, false]) func aPassedDeadlineMakesNoAttempt(_ ticks: Bool) {
    if ticks { world.gate.tick() }
    let dependency = world.dependency()
    let site = world.site(dependency)
    _ = site.call(.ok)
    world.time.advance(.seconds(1))
    if ticks { world.gate.tick() }
    let result = site.perform(deadline: at(1000)) { _ in
      Issue.record("an attempt after the deadline")
      return .ok
    }
    #expect(result.status == .deadlineExceeded && result.attempts == 0)
    #expect(dependency.metrics().counters.deadlinesPassed == 1)
  }

  @Test func cancellationBeginsNoAttemptAndEndsTheRetries() {
    world.gate.tick()
    let site = world.site(world.dependency())
    let cancellation = Cancellation()
    let during = site.perform(deadline: .distantFuture, cancellation: cancellation) { _ in
      cancellation.cancel()
      return CallOutcome(.transient)
    }
    #expect(during.status == .cancelled && during.attempts == 1 && during.failure?.lastStatus == .transient)
    let before = site.perform(deadline: .distantFuture, cancellation: cancellation) { _ in
      Issue.record("an attempt after the cancellation")
      return .ok
    }
    #expect(before.status == .cancelled && before.attempts == 0)
  }

  @Test func theBulkheadHoldsForCallsWithinCalls() {
    world.gate.tick()
    let dependency = world.dependency { $0.maxInFlight = 2 }
    let sites = (0..<4).map { _ in world.site(dependency) }
    // Every site has had a call, and so has wanted a lease; two have one.
    for _ in 0..<3 { for site in sites { #expect(site.call(.ok).isSuccess) } }
    #expect(dependency.metrics().inFlight == 0)
    let outer = sites[0].perform(deadline: .distantFuture) { _ in
      let inner = sites[1].perform(deadline: .distantFuture) { _ in
        #expect(dependency.metrics().inFlight == 2)
        #expect(sites[2].call(.ok).failure?.rejection == .bulkheadFull(limit: 2))
        return .ok
      }
      #expect(inner.isSuccess)
      return .ok
    }
    #expect(outer.isSuccess)
    #expect(sites[2].call(.ok).isSuccess)
    #expect(dependency.metrics().inFlight == 0)
  }

  @Test func aSiteThatGoesReturnsItsLeaseAndLeavesItsCounts() {
    let dependency = world.dependency { $0.maxInFlight = 1 }
    for _ in 0..<3 {
      let site = world.site(dependency)
      for _ in 0..<5 { #expect(site.call(.ok).isSuccess) }
    }
    let metrics = dependency.metrics()
    #expect(metrics.counters.successes == 15 && metrics.latencies.total == 15 && metrics.inFlight == 0)
  }

  @Test func aLostPluginOpensAllOfItsBreakers() {
    let (one, other) = (world.dependency("pg"), world.dependency("file"))
    world.gate.instanceLost(plugin: "pg", .crashed)
    #expect(one.breakerState == .open && other.breakerState == .closed)
  }

  @Test func aSlowCallIsCountedWhereSlownessMatters() {
    let dependency = world.dependency {
      $0.breaker.slowPercent = 50
      $0.breaker.slowDuration = .seconds(1)
      $0.breaker.minimumCalls = 2
    }
    world.gate.tick()
    let site = world.site(dependency)
    for _ in 0..<2 {
      let result = site.perform(deadline: .distantFuture) { _ in
        world.time.advance(.seconds(1))
        return .ok
      }
      #expect(result.isSuccess)
    }
    #expect(dependency.breakerState == .open)
  }

  @Test func aRestoredBreakerRefusesAtOnce() {
    let before = world.dependency("before") { $0.breaker.failureThreshold = 1 }
    _ = world.site(before, idempotent: false).call(.transient)
    let after = world.dependency("after")
    let site = world.site(after)
    after.restore(before.record(), elapsed: .seconds(10))
    #expect(site.call(.ok).status == .rejected)
    world.time.advance(.seconds(20))
    #expect(site.call(.ok).isSuccess)
  }
}
