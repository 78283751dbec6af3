package import HostModel

extension GateMachine {
  /// Moves the breaker's window and tells what has gathered.
  package mutating func timePassed(to now: Instant) -> [GateOccurrence] {
    var occurrences: [GateOccurrence] = []
    if let moved = breaker.timePassed(to: now, using: &generator) { occurrences.append(.breaker(moved)) }
    for kind in RejectionCause.Kind.allCases {
      let interval = configuration.noticeInterval
      guard let cause = lastRejection[kind], let count = rejections[kind]?.due(at: now, interval: interval)
      else { continue }
      occurrences.append(.rejected(cause, count: count))
    }
    if let count = exhaustions.due(at: now, interval: configuration.noticeInterval) {
      occurrences.append(.budgetExhausted(count: count))
    }
    return occurrences
  }

  package mutating func commanded(_ command: Breaker.Command, at now: Instant) -> [GateOccurrence] {
    breaker.commanded(command, at: now, using: &generator).map { [.breaker($0)] } ?? []
  }

  /// Takes over what a record says, in place of the present breaker. For a machine that has given no permit yet.
  package mutating func restored(_ record: BreakerRecord, elapsed: Duration, at now: Instant) {
    precondition(permitsOut == 0, "a breaker was restored under calls in flight")
    breaker = Breaker(restoring: record, elapsed: elapsed, settings.breaker, at: now)
  }

  /// Goes on with other settings. Calls that are under way end by those that they began with, as far as they hold any;
  /// whoever waits for a slot may get one.
  package mutating func reconfigured(_ next: GateSettings, at now: Instant) {
    settings = next
    breaker.reconfigured(next.breaker, at: now)
    budget.reconfigured(next.configuration.budget)
    if throttle?.configuration != next.configuration.throttle {
      throttle = next.configuration.throttle.map { ClientThrottle($0, at: now) }
    }
    if adaptive?.configuration != next.configuration.adaptive {
      adaptive = next.configuration.adaptive.map { AdaptiveLimit($0) }
    }
    bulkhead.limitChanged(to: adaptive?.limit ?? next.configuration.maxInFlight)
  }

  /// For who repeats calls, or makes copies of them, outside of the machine: both are paid for by the one budget.
  package mutating func withBudget<Result>(_ body: (inout RetryBudget, inout Generator) -> Result) -> Result {
    body(&budget, &generator)
  }

  /// A bulkhead slot that is held outside of the machine, from one call to the next.
  package mutating func slotReleased() { bulkhead.release() }

  mutating func finish(_ conclusion: GateConclusion, after moved: [GateOccurrence] = []) -> GateStep {
    counters.calls += 1
    switch conclusion {
    case .cancelled: counters.cancelled += 1
    case .deadlineExceeded: counters.deadlinesPassed += 1
    case .rejected(let cause): counters.rejected[cause.kind, default: 0] += 1
    case .ended: break
    }
    return GateStep(action: .finish(conclusion), occurrences: moved)
  }

  mutating func reject(
    _ cause: RejectionCause, at now: Instant, after moved: [GateOccurrence] = []
  ) -> GateStep {
    lastRejection[cause.kind] = cause
    let interval = configuration.noticeInterval
    let told = rejections[cause.kind, default: RecurringNotice()].happened(at: now, interval: interval)
    return finish(.rejected(cause), after: moved + (told.map { [.rejected(cause, count: $0)] } ?? []))
  }
}
