package import HostModel

extension Breaker {
  /// A call wants to be made. Every permit given here comes back once, through `callEnded`.
  package mutating func callRequested(
    at now: Instant, using generator: inout some RandomNumberGenerator
  ) -> Acquisition {
    switch state {
    case .closed, .disabled, .metricsOnly:
      return permit()
    case .forcedOpen(let held):
      return Acquisition(answer: .rejected(held.rejection()), transition: nil)
    case .open(let open):
      guard now >= open.until else { return Acquisition(answer: .rejected(open.rejection()), transition: nil) }
      let transition = enter(.halfOpen(HalfOpen(after: open, at: now)), cause: .openTimePassed)
      return Acquisition(answer: probe(at: now), transition: transition)
    case .halfOpen(let context):
      guard context.isOverdue(configuration, at: now) else {
        return Acquisition(answer: probe(at: now), transition: nil)
      }
      let (open, transition) = reopen(context, cause: .probeOverdue, retryAfter: nil, at: now, using: &generator)
      return Acquisition(answer: .rejected(open.rejection()), transition: transition)
    }
  }

  /// Whether a call that is requested now would get a permit.
  func admits(at now: Instant) -> Bool {
    switch state {
    case .closed, .disabled, .metricsOnly: true
    case .forcedOpen: false
    case .open(let open): now >= open.until
    case .halfOpen(let context):
      !context.isOverdue(configuration, at: now) && context.permitsLeft(configuration.halfOpen) > 0
    }
  }

  /// A permit comes back with what the call showed.
  /// - Parameter isSlow: whether the call took `slowDuration` or longer.
  package mutating func callEnded(
    _ permit: BreakerPermit, _ verdict: BreakerVerdict, isSlow: Bool, at now: Instant,
    using generator: inout some RandomNumberGenerator
  ) -> BreakerTransition? {
    guard permit.generation == generation else { return nil }
    switch state {
    case .closed(var context):
      count(verdict, isSlow: isSlow, in: &context.window, at: now)
      update(.closed(context))
      guard verdict != .ignored, let cause = context.tripCause(configuration) else { return nil }
      return open(cause, openings: 1, retryAfter: verdict.retryAfter, at: now, using: &generator).1
    case .metricsOnly(var context):
      count(verdict, isSlow: isSlow, in: &context.window, at: now)
      update(.metricsOnly(context))
      return nil
    case .halfOpen(let context):
      return probeEnded(context, verdict, at: now, using: &generator)
    case .open, .forcedOpen, .disabled:
      return nil
    }
  }

  /// Successful calls that were counted elsewhere and are told together. Time does not move: they are counted in the
  /// newest bucket, so whoever counts elsewhere also calls `timePassed` when a bucket is over.
  package mutating func callsSucceeded(_ calls: Int, generation: UInt64) {
    guard generation == self.generation, calls > 0 else { return }
    switch state {
    case .closed(var context):
      context.window.succeeded(calls)
      update(.closed(context))
    case .metricsOnly(var context):
      context.window.succeeded(calls)
      update(.metricsOnly(context))
    case .open, .halfOpen, .forcedOpen, .disabled:
      break
    }
  }

  /// Moves the window, and ends a half-open state whose probe does not come back.
  package mutating func timePassed(
    to now: Instant, using generator: inout some RandomNumberGenerator
  ) -> BreakerTransition? {
    switch state {
    case .closed(var context):
      context.window.advance(to: now)
      update(.closed(context))
      return nil
    case .metricsOnly(var context):
      context.window.advance(to: now)
      update(.metricsOnly(context))
      return nil
    case .halfOpen(let context):
      guard context.isOverdue(configuration, at: now) else { return nil }
      return reopen(context, cause: .probeOverdue, retryAfter: nil, at: now, using: &generator).1
    case .open, .forcedOpen, .disabled:
      return nil
    }
  }

  private func permit() -> Acquisition {
    Acquisition(answer: .permitted(BreakerPermit(generation: generation)), transition: nil)
  }

  private mutating func probe(at now: Instant) -> Acquisition.Answer {
    guard case .halfOpen(var context) = state else { preconditionFailure("a probe outside of half-open") }
    guard context.permitsLeft(configuration.halfOpen) > 0 else { return .rejected(context.rejection(configuration)) }
    context.inFlight += 1
    context.probingSince = context.probingSince ?? now
    update(.halfOpen(context))
    return .permitted(BreakerPermit(generation: generation))
  }

  private func count(_ verdict: BreakerVerdict, isSlow: Bool, in window: inout BreakerWindow, at now: Instant) {
    window.advance(to: now)
    switch verdict {
    case .success: window.succeeded(1, slow: isSlow)
    case .failure: window.failed(slow: isSlow)
    case .ignored: break
    }
  }
}

extension BreakerVerdict {
  var retryAfter: Duration? {
    guard case .failure(_, let retryAfter) = self else { return nil }
    return retryAfter
  }
}
