@testable import HostGate
import HostModel
@testable import HostPolicy
import Testing

/// The same events through the shell, with its fast path, leases and folded counts, and through the bare machine.
@Suite struct GateAgreementTests {
  /// What the reference says to one attempt after another until the call is over.
  private func reference(
    _ machine: inout GateMachine<SplitMix64>, _ terms: CallTerms, _ level: DegradationLevel, _ script: [Status],
    deadline: Instant, _ now: inout Instant
  ) -> (GateConclusion, Int) {
    var call = GateCall(terms, deadline: deadline)
    while true {
      switch machine.attemptRequested(&call, level: level, isCancelled: false, at: now).action {
      case .finish(let conclusion): return (conclusion, call.attempts)
      case .wait, .queue: preconditionFailure("a wait without an attempt")
      case .invoke(let permit, let attempt, _, _):
        let status = script[min(attempt, script.count) - 1]
        let step = machine.attemptEnded(
          &call, permit, status: status, retryAfter: nil, latency: nil, at: now)
        if case .finish(let conclusion) = step.action { return (conclusion, call.attempts) }
        if case .wait(let until) = step.action { now = until }
      }
    }
  }

  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func shellAndMachineAgree(_ seed: UInt64) {
    print("gate agreement: seed \(seed)")
    var random = SplitMix64(seed: seed)
    let world = World(seed: seed)
    var configuration = GateConfiguration()
    configuration.maxInFlight = seed % 2 == 0 ? 3 : nil
    configuration.budget = .init(percentOfCalls: 10, reservePerSecond: 1, capacity: 5)
    if seed % 3 == 0 { configuration.breaker.window = .count(20) }
    if seed % 5 == 0 { configuration.breaker.consecutiveFailures = 3 }
    let key = DependencyKey(plugin: "p", endpoint: "e")
    let dependency = world.gate.dependency(key, configuration)
    let sites = (0..<3).map { _ in world.site(dependency, idempotent: true) }
    let keySeed = seed ^ UInt64(bitPattern: SourceID(derivedFrom: key.description).value)
    var machine = GateMachine(configuration, at: at(0), generator: SplitMix64(seed: keySeed))
    let failurePercent = Int.random(in: 0...30, using: &random)
    var level = DegradationLevel.normal

    for step in 0..<1500 {
      // The ticker's duty: a tick whenever time has moved.
      world.time.advance(.milliseconds(Int.random(in: 0...(step % 100 == 0 ? 40_000 : 300), using: &random)))
      var now = world.time.now()
      world.gate.tick()
      _ = machine.timePassed(to: now)
      if Int.random(in: 0..<100, using: &random) == 0 {
        level = DegradationLevel.allCases.randomElement(using: &random) ?? .normal
        world.gate.report(level, of: world.gate.platform, cause: .highLatency)
      }
      let failures: [Status] = [.transient, .timeout, .badRecord, .fatal, .cancelled, .throttled]
      let script = (0..<3).map { _ in
        Int.random(in: 0..<100, using: &random) < failurePercent ? failures.randomElement(using: &random) ?? .ok : .ok
      }
      let site = sites[step % sites.count]
      let deadline = now.advanced(by: .milliseconds(Int.random(in: 0...2000, using: &random)))
      let (conclusion, attempts) = reference(
        &machine, site.terms, level, script, deadline: deadline, &now)
      let result = site.perform(deadline: deadline) { CallOutcome(script[$0.number - 1]) }
      #expect(Self.agrees(result, conclusion), "seed \(seed) step \(step): \(conclusion) and \(result)")
      #expect(result.attempts == attempts, "seed \(seed) step \(step)")
      #expect(world.time.now() == now, "seed \(seed) step \(step)")
    }
    let metrics = dependency.metrics()
    #expect(metrics.counters == machine.counters, "seed \(seed)")
    #expect(metrics.window == machine.breaker.tally, "seed \(seed)")
    #expect(metrics.breaker == machine.breaker.stateName, "seed \(seed)")
    #expect(metrics.retryBudget == machine.budget.balance, "seed \(seed)")
    #expect(metrics.permitsOut == 0 && machine.permitsOut == 0 && metrics.inFlight == 0, "seed \(seed)")
  }

  private static func agrees(_ result: CallResult, _ conclusion: GateConclusion) -> Bool {
    switch conclusion {
    case .ended(let status, let stop): result.status == status && result.failure?.stop == stop
    case .rejected(let cause): result.status == .rejected && result.failure?.rejection == cause
    case .cancelled: result.status == .cancelled
    case .deadlineExceeded: result.status == .deadlineExceeded
    }
  }
}
