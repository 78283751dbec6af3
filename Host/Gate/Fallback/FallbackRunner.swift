package import HostModel
package import HostPolicy

/// How a question along a chain ended, for whoever asked and whoever explains it.
package struct FallbackEnding: Sendable {
  package let conclusion: FallbackCall.Conclusion
  /// What became of the links, in their order.
  package let trail: [FallbackCall.Step]
  /// How the last attempt at each provider that was called ended, by link.
  package let attempts: [Int: FallbackAttempt]
}

/// How an attempt at a provider ended.
package struct FallbackAttempt: Sendable, Equatable {
  package let status: Status
  /// The gate refused it, or its repetition.
  package let rejection: RejectionCause?
  /// Why the gate did not repeat it.
  package let stop: RetryStop?
  package let retryAfter: Duration?
  /// What a person is told; nil if nothing went wrong.
  package let message: String?
  /// How often the same question was asked at one time; more than once if it was hedged.
  package var copies = 1

  /// An attempt that never came to a call.
  /// - Parameter rejection: the gate's refusal of what has to come before it, such as making an instance.
  package init(_ status: Status, message: String? = nil, rejection: RejectionCause? = nil) {
    self.status = status
    self.message = message
    self.rejection = rejection
    stop = nil
    retryAfter = nil
  }

  package init(_ result: CallResult, message: String? = nil) {
    status = result.status
    self.message = message
    rejection = result.failure?.rejection
    stop = result.failure?.stop
    retryAfter = result.failure?.lastError?.retryAfter
  }
}

/// Takes questions along one proven chain, each blocking on its caller's thread: what `FallbackCall` decides is done here.
///
/// Providers are called through their own gates. That a breaker is open is known beforehand, so an outage costs a look and
/// no call.
package struct FallbackRunner: Sendable {
  /// Makes an attempt at a provider.
  /// - Parameter mayRetry: whether the gate may repeat it by itself: no other provider is left.
  package typealias Attempt = (_ provider: String, _ mayRetry: Bool) -> FallbackAttempt
  /// Looks for an earlier answer, however old it is.
  package typealias LookUp = () -> CachedAnswer?

  private let proof: FallbackProof
  private let dependencies: [String: Dependency]
  private let environment: GateEnvironment
  private let scope: LevelScope
  private let retry: RetryConfiguration
  private let isRepeatable: Bool

  /// - Parameters:
  ///   - dependencies: of the chain's providers, by the names in the chain.
  ///   - scope: whose level counts beside the platform's.
  ///   - retry: how long it is waited before a provider is asked again that has become the last one.
  ///   - isRepeatable: whether it does no harm if two providers carry out the same call.
  package init(
    _ proof: FallbackProof, dependencies: [String: Dependency], gate: Gate, scope: LevelScope,
    retry: RetryConfiguration, isRepeatable: Bool
  ) {
    self.proof = proof
    self.dependencies = dependencies
    self.environment = gate.environment
    self.scope = scope
    self.retry = retry
    self.isRepeatable = isRepeatable
  }

  package func ask(
    deadline: Instant = .distantFuture, cancellation: Cancellation, attempt: Attempt, lookUp: LookUp
  ) -> FallbackEnding {
    let level = DegradationLevel.effective(platform: environment.platform.level, pipeline: scope.level)
    var call = FallbackCall(proof, level: level, isRepeatable: isRepeatable)
    var attempts: [Int: FallbackAttempt] = [:]
    var retries: [Int: RetryMachine] = [:]
    var action = call.started(refusal: refusal)
    while true {
      switch action {
      case .finish(let conclusion): return FallbackEnding(conclusion: conclusion, trail: call.trail, attempts: attempts)
      case _ where cancellation.isCancelled: action = call.callerGaveUp(.cancelled)
      case _ where environment.clock.now() >= deadline: action = call.callerGaveUp(.deadlineExceeded)
      case .attempt(let link, let provider, let mayRetry):
        let ended = attempt(provider, mayRetry)
        attempts[link] = ended
        action = tell(&call, ended, mayRetry)
      case .retry(let link, let provider):
        var machine =
          retries[link]
          ?? RetryMachine(configuration: retry, isIdempotent: isRepeatable, deadline: deadline)
        let stop = pause(provider, attempts[link], &machine, cancellation)
        retries[link] = machine
        if let stop {
          action = call.retryStopped(stop, refusal: refusal)
        } else {
          let ended = attempt(provider, true)
          attempts[link] = ended
          action = tell(&call, ended, true)
        }
      case .lookUp: action = call.cacheLookedUp(lookUp(), at: environment.clock.now(), refusal: refusal)
      }
    }
  }

  private func refusal(_ provider: String) -> RejectionCause? { dependencies[provider]?.refusal }

  private func tell(_ call: inout FallbackCall, _ attempt: FallbackAttempt, _ mayRetry: Bool) -> FallbackCall.Action {
    if let cause = attempt.rejection { return call.linkRefused(cause, refusal: refusal) }
    // A site that may not repeat stops at its only attempt. That says nothing about the chain's own retries.
    return call.linkEnded(attempt.status, stop: mayRetry ? attempt.stop : nil, refusal: refusal)
  }

  /// Waits before the repetition of an attempt that the gate did not repeat, since another provider was left then.
  /// - Returns: why there is none.
  private func pause(
    _ provider: String, _ attempt: FallbackAttempt?, _ machine: inout RetryMachine, _ cancellation: Cancellation
  ) -> RetryStop? {
    guard let dependency = dependencies[provider], let attempt else { return .notRetriable }
    switch dependency.admitRetry(&machine, after: attempt.status, retryAfter: attempt.retryAfter) {
    case .stop(let stop): return stop
    case .retry(let instant, _):
      _ = environment.waiter.wait(until: instant, cancellation: cancellation)
      return nil
    }
  }
}

extension Dependency {
  /// Why a call would be refused now, as far as can be told without asking for a permit; nil for a breaker that wants to be
  /// tested.
  package var refusal: RejectionCause? {
    look { state, now in
      guard let rejection = state.machine.breaker.rejection, rejection.isFinal(at: now) else { return nil }
      return .breaker(rejection)
    }
  }

  /// For who makes copies of calls: they are paid for by the budget of retries.
  package func withRetryBudget<Result: Sendable>(_ body: (inout RetryBudget, Instant) -> Result) -> Result {
    withMachine { state, now in (state.machine.withBudget { budget, _ in body(&budget, now) }, []) }
  }

  /// Asks whether a call that failed is made again as another call, at the cost of the dependency's budget.
  func admitRetry(
    _ machine: inout RetryMachine, after status: Status, retryAfter: Duration?
  ) -> RetryMachine.Decision {
    let (decision, asked) = withMachine { [machine] state, now in
      var asked = machine
      let decision = state.machine.withBudget { budget, generator in
        asked.attemptFailed(status, retryAfter: retryAfter, at: now, budget: &budget, using: &generator)
      }
      return ((decision, asked), [])
    }
    machine = asked
    return decision
  }
}
