package import HostModel

/// One call on its way through the links of a chain.
///
/// It is asked what to do first and told how that went; it answers with the next thing to do, until it answers with the end.
/// 1. A provider is tried if the level lets its calls through and it is not known to refuse them; one that refuses all the
///    same is passed over too.
/// 2. A failure of the dependency falls over at once to the next provider that is not known to refuse. Only if there is none
///    is a retriable failure retried, by the `RetryMachine` of the call: retries belong to the last provider that is left,
///    so that an outage costs the caller one failed attempt and no waiting.
/// 3. A failure that is about the request is the answer. See `Status.fallsOver`.
/// 4. After the providers an earlier answer serves if it is young enough, and after that the degraded variant does.
/// 5. If nothing serves, the caller is told of the last failure: it is the one that was retried. If nothing was even
///    tried, of the first refusal.
package struct FallbackCall: Sendable, Equatable {
  package enum Action: Sendable, Equatable {
    /// Make an attempt at this link. `mayRetry` says whether no other provider is left, so that the gate can go on to retry
    /// by itself and tell only the end.
    case attempt(link: Int, provider: String, mayRetry: Bool)
    /// Ask the call's retry machine, and either repeat the attempt and tell its end, or tell that the retries have stopped.
    case retry(link: Int, provider: String)
    /// Look for an answer that is not older than this.
    case lookUp(link: Int, maxAge: Duration)
    case finish(Conclusion)
  }

  package enum Conclusion: Sendable, Equatable {
    /// A link served it. The age is that of a cached answer.
    case answered(link: Int, age: Duration?)
    /// The feature goes on in a lesser variant: the one of the link or, without one, the one that the level asks for.
    case degraded(FeatureMode, link: Int?)
    case failed(Status)
    case refused(RejectionCause)
  }

  /// What became of a link, for whoever asks why another one served.
  package struct Step: Sendable, Equatable {
    package enum End: Sendable, Equatable {
      case served
      /// The stop says why the last attempt was not repeated; nil if the call fell over instead.
      case failed(Status, RetryStop?)
      case refused(RejectionCause)
      /// An earlier link may have carried the call out, and it may not be carried out twice.
      case notRepeatable
      /// There is no cached answer, or it is too old.
      case missed
    }
    package let link: Int
    package let end: End
  }

  private enum State: Sendable, Equatable {
    case ready
    /// An attempt at the link is under way, or is to be repeated. Can go to any later link, or to over.
    case attempting(Int)
    /// The attempt failed and the retry machine is asked.
    case retrying(Int, Status)
    case lookingUp(Int, maxAge: Duration)
    case over
  }

  package let proof: FallbackProof
  /// Whether it does no harm if two providers carry the call out: it only asks. An idempotency key is not enough, since the
  /// providers do not know each other's.
  package let isRepeatable: Bool
  package private(set) var level: DegradationLevel
  /// What became of the links so far, in their order. The failures of one link in a row are one step, with the last of them.
  package private(set) var trail: [Step] = []
  private var state = State.ready
  private var lastFailure: Status?
  private var firstRefusal: RejectionCause?
  /// An attempt may have been carried out, and must not be again.
  private var isSpent = false

  package init(_ proof: FallbackProof, level: DegradationLevel, isRepeatable: Bool) {
    self.proof = proof
    self.level = level
    self.isRepeatable = isRepeatable
  }

  /// - Parameter refusal: why a provider would refuse a call now, as far as can be told without asking for a permit; nil if
  ///   it would not, or if its breaker wants to be tested. The same in all other events.
  package mutating func started(refusal: (String) -> RejectionCause?) -> Action {
    guard case .ready = state else { preconditionFailure("a call was started twice") }
    return next(after: -1, refusal)
  }

  /// The attempt at the present link ended.
  /// - Parameter stop: why the gate did not repeat it; nil if it was not asked to.
  package mutating func linkEnded(
    _ status: Status, stop: RetryStop? = nil, refusal: (String) -> RejectionCause?
  ) -> Action {
    guard let link = attempted else { preconditionFailure("no attempt was under way") }
    guard status != .ok, status != .endOfStream else {
      note(link, .served)
      return finish(.answered(link: link, age: nil))
    }
    note(link, .failed(status, stop))
    lastFailure = status
    guard status.fallsOver else { return finish(.failed(status)) }
    if status.mayHaveTakenEffect, !isRepeatable { isSpent = true }
    if status.traits.isRetriable, stop == nil, !hasNextProvider(after: link, refusal) {
      state = .retrying(link, status)
      return .retry(link: link, provider: proof.links[link].provider ?? "")
    }
    return next(after: link, refusal)
  }

  /// The retry machine does not repeat the failed attempt.
  package mutating func retryStopped(_ stop: RetryStop, refusal: (String) -> RejectionCause?) -> Action {
    guard case .retrying(let link, let status) = state else { preconditionFailure("no retry was asked for") }
    note(link, .failed(status, stop))
    // Whichever stop it was: too late for one more pause is not too late for the links that follow.
    return next(after: link, refusal)
  }

  /// The gate of the present link refused the attempt, or its repetition.
  package mutating func linkRefused(_ cause: RejectionCause, refusal: (String) -> RejectionCause?) -> Action {
    guard let link = attempted else { preconditionFailure("no attempt was under way") }
    // The level has changed under the call: the other providers' calls are refused by it too.
    if case .degraded(_, let refusedAt, _) = cause { level = max(level, refusedAt) }
    refuse(link, cause)
    return next(after: link, refusal)
  }

  /// - Parameter answer: what the cache has, however old; nil if it has nothing.
  package mutating func cacheLookedUp(
    _ answer: CachedAnswer?, at now: Instant, refusal: (String) -> RejectionCause?
  ) -> Action {
    guard case .lookingUp(let link, let maxAge) = state else { preconditionFailure("no cached answer was asked for") }
    guard let age = answer?.age(at: now), age <= maxAge else {
      note(link, .missed)
      return next(after: link, refusal)
    }
    note(link, .served)
    return finish(.answered(link: link, age: age))
  }

  /// The caller cancels, or its time is up: nothing else is tried.
  package mutating func callerGaveUp(_ status: Status) -> Action {
    guard state != .over else { preconditionFailure("the call was over") }
    if case .attempting(let link) = state { note(link, .failed(status, nil)) }
    return finish(.failed(status))
  }
}

extension FallbackCall {
  private var attempted: Int? {
    switch state {
    case .attempting(let link), .retrying(let link, _): link
    case .ready, .lookingUp, .over: nil
    }
  }

  /// Goes on to the next link that may serve.
  private mutating func next(after link: Int, _ refusal: (String) -> RejectionCause?) -> Action {
    let behaviour = proof.behaviour(at: level)
    for index in proof.links.indices where index > link {
      switch proof.links[index] {
      case .provider(let name):
        guard behaviour.links.contains(index) else {
          refuse(index, .degraded(proof.stage.feature, level, mode))
          continue
        }
        guard !isSpent else {
          note(index, .notRepeatable)
          continue
        }
        if let cause = refusal(name) {
          refuse(index, cause)
          continue
        }
        state = .attempting(index)
        return .attempt(link: index, provider: name, mayRetry: !hasNextProvider(after: index, refusal))
      case .cached(let maxAge):
        guard behaviour.links.contains(index) else { continue }
        state = .lookingUp(index, maxAge: maxAge)
        return .lookUp(link: index, maxAge: maxAge)
      case .degraded(let mode):
        guard behaviour.links.contains(index) else { continue }
        note(index, .served)
        return finish(.degraded(mode, link: index))
      }
    }
    return finish(end(behaviour))
  }

  private func end(_ behaviour: FallbackProof.Behaviour) -> Conclusion {
    if case .mode(let mode) = behaviour.end { return .degraded(mode, link: nil) }
    if let lastFailure { return .failed(lastFailure) }
    return .refused(firstRefusal ?? .degraded(proof.stage.feature, level, mode))
  }

  private var mode: FeatureMode { DegradationMatrix.mode(of: proof.stage.feature, at: level) }

  private func hasNextProvider(after link: Int, _ refusal: (String) -> RejectionCause?) -> Bool {
    guard !isSpent else { return false }
    return proof.behaviour(at: level).links.contains { index in
      guard index > link, let name = proof.links[index].provider else { return false }
      return refusal(name) == nil
    }
  }

  private mutating func refuse(_ link: Int, _ cause: RejectionCause) {
    firstRefusal = firstRefusal ?? cause
    note(link, .refused(cause))
  }

  private mutating func note(_ link: Int, _ end: Step.End) {
    if let last = trail.last, last.link == link, case .failed = last.end, case .failed = end { trail.removeLast() }
    trail.append(Step(link: link, end: end))
  }

  private mutating func finish(_ conclusion: Conclusion) -> Action {
    state = .over
    return .finish(conclusion)
  }
}

extension Status {
  /// Whether another link is to be asked after this end of an attempt: whether the dependency failed, by the table
  /// (`countsAgainstBreaker`), or never saw the call.
  ///
  /// - A bad record, a missing or conflicting object, a request that is invalid or not supported: the dependency works and has
  ///   judged the request. Another one would judge the same; if it did not, a mistake of ours would be served by the wrong
  ///   provider for ever and nobody would know.
  /// - Refused credentials and permissions do fall over, as the table has it: they belong to the link and not to the request,
  ///   and the next link has its own. So does a used-up quota, at once, since no retry helps before its reset.
  /// - Refused content is never routed around, neither to another provider nor to an earlier answer or a lesser variant:
  ///   whoever refused it has decided, and it is stated here because no table may change it.
  /// - A caller that cancelled or has no time left wants no other answer.
  package var fallsOver: Bool {
    switch self {
    case .contentFiltered, .cancelled, .deadlineExceeded: false
    case .rejected: true
    default: traits.countsAgainstBreaker
    }
  }

  /// Whether the dependency may have done what the call asked for, although it failed. Not if it says that it refused.
  package var mayHaveTakenEffect: Bool {
    switch self {
    case .rejected, .throttled, .quotaExhausted, .unauthenticated, .permissionDenied: false
    default: true
    }
  }
}
