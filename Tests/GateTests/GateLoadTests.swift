@testable import HostGate
import HostModel
@testable import HostPolicy
import Testing

/// Throttling and the adaptive limit through the shell, with its fast path.
@Suite struct GateLoadTests {
  let world = World()

  /// What the breaker refuses is not wanted of the dependency: after an outage a healthy one is not held back for it.
  @Test func callsThatTheBreakerRefusedDoNotHoldARecoveredDependencyBack() throws {
    let world = World()
    let dependency = world.dependency {
      $0.breaker.failureThreshold = 5
      $0.throttle = .init()
    }
    let site = world.site(dependency)
    for _ in 0..<20 { #expect(site.call(.ok).isSuccess) }
    for _ in 0..<5 { _ = site.call(.fatal) }
    for _ in 0..<5000 { #expect(site.call(.ok).failure?.rejection?.kind == .breakerOpen) }
    world.time.advance(.seconds(31))
    for _ in 0..<200 { #expect(site.call(.ok).isSuccess) }
    #expect(dependency.metrics().counters.rejected[.throttled] == nil)
  }

  @Test func anOverloadedDependencyIsSparedAndThenSentEverythingAgain() {
    let dependency = world.dependency {
      $0.throttle = .init()
      $0.breaker.failureThreshold = nil
    }
    world.gate.tick()
    let site = world.site(dependency, idempotent: false)
    var sent = 0
    for _ in 0..<1000 {
      let result = site.perform(deadline: .distantFuture) { _ in
        sent += 1
        return CallOutcome(.throttled)
      }
      if result.status == .rejected {
        guard case .throttled(let percent) = result.failure?.rejection else {
          Issue.record("not for its load")
          return
        }
        #expect(percent > 50)
      }
    }
    // With nothing accepted only `1 / (requests + 1)` of the calls is sent.
    #expect(sent >= 10 && sent < 40, "\(sent) sent")
    #expect(dependency.metrics().counters.rejected[.throttled] == UInt64(1000 - sent))
    world.time.advance(.seconds(121))
    world.gate.tick()
    for _ in 0..<100 { #expect(site.call(.ok).isSuccess) }
    #expect(dependency.metrics().permitsOut == 0)
  }

  /// Refusals of our own are no sign of load: the calls were never sent, and the test calls afterwards have to be.
  @Test func whatTheBreakerRefusesIsNotTakenForLoad() {
    let dependency = world.dependency { $0.throttle = .init() }
    world.gate.tick()
    let site = world.site(dependency, idempotent: false)
    for _ in 0..<5 { _ = site.call(.transient) }
    #expect(dependency.breakerState == .open)
    for _ in 0..<1000 { #expect(site.call(.ok).failure?.rejection?.kind == .breakerOpen) }
    world.time.advance(.seconds(30))
    world.gate.tick()
    for _ in 0..<3 { #expect(site.call(.ok).isSuccess) }
    #expect(dependency.breakerState == .closed)
  }

  @Test func successesOnTheFastWayCountAsAccepted() {
    let dependency = world.dependency {
      $0.throttle = .init()
      $0.breaker.failureThreshold = nil
    }
    world.gate.tick()
    let site = world.site(dependency, idempotent: false)
    for _ in 0..<1000 { _ = site.call(.ok) }
    for _ in 0..<900 { #expect(site.call(.throttled).status == .throttled, "1000 of 1900 were accepted") }
  }

  @Test func theLimitFollowsTheLatency() {
    let dependency = world.dependency { $0.adaptive = .init(initial: 16, maximum: 64) }
    world.gate.tick()
    let site = world.site(dependency)
    func call(_ milliseconds: Int64) {
      let result = site.perform(deadline: .distantFuture) { _ in
        world.time.advance(.milliseconds(milliseconds))
        return .ok
      }
      #expect(result.isSuccess)
    }
    for _ in 0..<20 { call(10) }
    #expect(dependency.adaptiveLimit == 16, "one call at a time says nothing of more")
    for _ in 0..<20 { call(1000) }
    let low = dependency.adaptiveLimit ?? 0
    #expect(low < 12 && low >= 1)
    #expect(dependency.metrics().inFlight == 0)
  }
}

extension Dependency {
  fileprivate var adaptiveLimit: Int? { look { state, _ in state.machine.adaptive?.limit } }
}
