import HostModel
@testable import HostPolicy
import Testing

@Suite struct FallbackCallTests {
  typealias Action = FallbackCall.Action

  private static let open = RejectionCause.breaker(
    .init(state: .open, since: at(0), cause: .failures(5), retryAt: at(30_000)))

  private let chain: [FallbackChain.Link] = [
    .provider("a"), .provider("b"), .cached(maxAge: .seconds(60)), .degraded(.embeddingOnly),
  ]

  private func call(
    _ links: [FallbackChain.Link]? = nil, level: DegradationLevel = .normal, isRepeatable: Bool = true
  ) throws -> FallbackCall {
    let proof = try FallbackProof("c", in: ["c": FallbackChain(links ?? chain)], for: FallbackProofTests.mapping)
    return FallbackCall(proof, level: level, isRepeatable: isRepeatable)
  }

  /// Providers that refuse.
  private func refusing(_ names: String...) -> (String) -> RejectionCause? {
    { names.contains($0) ? Self.open : nil }
  }

  private func answer(_ second: Int64) -> CachedAnswer {
    CachedAnswer(key: "k", content: [1], answeredAt: at(second * 1000))
  }

  private let attemptA = Action.attempt(link: 0, provider: "a", mayRetry: false)
  private let attemptB = Action.attempt(link: 1, provider: "b", mayRetry: true)
  private let lookUp = Action.lookUp(link: 2, maxAge: .seconds(60))

  @Test func thePrimaryAnswers() throws {
    for status in [Status.ok, .endOfStream] {
      var call = try call()
      #expect(call.started(refusal: refusing()) == attemptA)
      #expect(call.linkEnded(status, refusal: refusing()) == .finish(.answered(link: 0, age: nil)))
      #expect(call.trail == [.init(link: 0, end: .served)])
    }
  }

  /// The table of statuses, written out once more by hand.
  @Test(arguments: Status.allCases)
  func aFailureFallsOverAtOnceOrIsTheAnswer(_ status: Status) throws {
    let fallsOver: Set<Status> = [
      .timeout, .transient, .throttled, .quotaExhausted, .unauthenticated, .permissionDenied, .truncated, .fatal,
      .crashed, .hung, .rejected,
    ]
    var call = try call()
    _ = call.started(refusal: refusing())
    let action = call.linkEnded(status, refusal: refusing())
    if status == .ok || status == .endOfStream {
      #expect(action == .finish(.answered(link: 0, age: nil)))
    } else if fallsOver.contains(status) {
      #expect(action == attemptB)
      #expect(call.trail == [.init(link: 0, end: .failed(status, nil))])
    } else {
      #expect(action == .finish(.failed(status)))
    }
  }

  @Test func refusedContentIsNeverRoutedAround() throws {
    // Neither on the first nor on the last provider.
    var call = try call()
    _ = call.started(refusal: refusing())
    #expect(call.linkEnded(.transient, refusal: refusing()) == attemptB)
    #expect(call.linkEnded(.contentFiltered, refusal: refusing()) == .finish(.failed(.contentFiltered)))
  }

  @Test(arguments: Status.allCases)
  func onlyTheLastProviderIsRetried(_ status: Status) throws {
    let retried: Set<Status> = [.timeout, .transient, .throttled, .truncated, .crashed, .hung]
    var call = try call()
    _ = call.started(refusal: refusing())
    _ = call.linkEnded(.transient, refusal: refusing())
    let action = call.linkEnded(status, refusal: refusing())
    #expect((action == .retry(link: 1, provider: "b")) == retried.contains(status))
    if status == .quotaExhausted { #expect(action == lookUp, "no retry helps before the reset") }
  }

  @Test func retriesBelongToTheLastProviderThatDoesNotRefuse() throws {
    var call = try call()
    #expect(call.started(refusal: refusing("b")) == .attempt(link: 0, provider: "a", mayRetry: true))
    #expect(call.linkEnded(.transient, refusal: refusing("b")) == .retry(link: 0, provider: "a"))
    // The repetition fails too; meanwhile the other has recovered.
    #expect(call.linkEnded(.timeout, refusal: refusing()) == attemptB)
    #expect(call.linkEnded(.timeout, refusal: refusing("a")) == .retry(link: 1, provider: "b"))
    #expect(call.retryStopped(.attemptsExhausted, refusal: refusing("a")) == lookUp)
    #expect(
      call.trail == [
        .init(link: 0, end: .failed(.timeout, nil)), .init(link: 1, end: .failed(.timeout, .attemptsExhausted)),
      ])
  }

  @Test(arguments: [RetryStop.attemptsExhausted, .budgetExhausted, .deadline, .notIdempotent, .notRetriable])
  func afterTheRetriesTheCallGoesOn(_ stop: RetryStop) throws {
    var asked = try call()
    _ = asked.started(refusal: refusing("a"))
    #expect(asked.linkEnded(.transient, refusal: refusing("a")) == .retry(link: 1, provider: "b"))
    #expect(asked.retryStopped(stop, refusal: refusing("a")) == lookUp)
    // The same if the gate has retried by itself.
    var told = try call()
    _ = told.started(refusal: refusing("a"))
    #expect(told.linkEnded(.transient, stop: stop, refusal: refusing("a")) == lookUp)
    #expect(told.trail == asked.trail && told.trail.last == .init(link: 1, end: .failed(.transient, stop)))
  }

  @Test func aRefusalIsPassedOver() throws {
    var call = try call()
    #expect(call.started(refusal: refusing("a")) == .attempt(link: 1, provider: "b", mayRetry: true))
    // It did not seem to, but it does.
    #expect(call.linkRefused(.bulkheadFull(limit: 3), refusal: refusing("a")) == lookUp)
    #expect(
      call.trail == [.init(link: 0, end: .refused(Self.open)), .init(link: 1, end: .refused(.bulkheadFull(limit: 3)))])
  }

  @Test func aRepetitionThatIsRefusedGoesOn() throws {
    var call = try call()
    _ = call.started(refusal: refusing("a"))
    _ = call.linkEnded(.timeout, refusal: refusing("a"))
    #expect(call.linkRefused(Self.open, refusal: refusing("a")) == lookUp)
    #expect(
      call.trail.suffix(2) == [.init(link: 1, end: .failed(.timeout, nil)), .init(link: 1, end: .refused(Self.open))])
  }

  @Test(arguments: [(59_999, true), (60_000, true), (60_001, false)] as [(Int64, Bool)])
  func anEarlierAnswerServesUpToItsAge(_ milliseconds: Int64, _ serves: Bool) throws {
    var call = try call()
    #expect(call.started(refusal: refusing("a", "b")) == lookUp)
    let action = call.cacheLookedUp(answer(0), at: at(milliseconds), refusal: refusing("a", "b"))
    #expect(
      action
        == .finish(serves ? .answered(link: 2, age: .milliseconds(milliseconds)) : .degraded(.embeddingOnly, link: 3)))
    #expect(call.trail.dropFirst(2).first == .init(link: 2, end: serves ? .served : .missed))
  }

  @Test func withoutAnAnswerTheDegradedVariantServes() throws {
    var call = try call()
    _ = call.started(refusal: refusing("a", "b"))
    #expect(
      call.cacheLookedUp(nil, at: at(0), refusal: refusing("a", "b")) == .finish(.degraded(.embeddingOnly, link: 3)))
  }

  @Test func ifNothingServesTheLastFailureIsToldOrElseTheFirstRefusal() throws {
    let links: [FallbackChain.Link] = [.provider("a"), .provider("b"), .cached(maxAge: .seconds(60))]
    var failed = try call(links)
    _ = failed.started(refusal: refusing())
    _ = failed.linkEnded(.throttled, refusal: refusing())
    _ = failed.linkEnded(.fatal, refusal: refusing())
    #expect(failed.cacheLookedUp(nil, at: at(0), refusal: refusing()) == .finish(.failed(.fatal)))
    var refused = try call(links)
    _ = refused.started(refusal: refusing("a"))
    _ = refused.linkRefused(.bulkheadFull(limit: 1), refusal: refusing("a"))
    #expect(refused.cacheLookedUp(nil, at: at(0), refusal: refusing()) == .finish(.refused(Self.open)))
  }

  /// A call with an effect is made at one provider only, unless that one says that it did nothing.
  @Test(arguments: Status.allCases.filter(\.fallsOver))
  func whatMayNotBeRepeatedIsNotAskedTwice(_ status: Status) throws {
    let refusals: Set<Status> = [.rejected, .throttled, .quotaExhausted, .unauthenticated, .permissionDenied]
    var call = try call(isRepeatable: false)
    _ = call.started(refusal: refusing())
    var action = call.linkEnded(status, refusal: refusing())
    if refusals.contains(status) { return #expect(action == attemptB) }
    if status.traits.isRetriable {
      #expect(action == .retry(link: 0, provider: "a"), "its retry machine knows whether it may be repeated there")
      action = call.retryStopped(.notIdempotent, refusal: refusing())
    }
    #expect(action == lookUp)
    #expect(call.trail.last == .init(link: 1, end: .notRepeatable))
  }

  @Test func theLevelPassesProvidersOver() throws {
    let cause = RejectionCause.degraded(.schemaMapping, .level1, .embeddingOnly)
    var low = try call(level: .level1)
    #expect(low.started(refusal: refusing()) == lookUp)
    #expect(low.trail == [.init(link: 0, end: .refused(cause)), .init(link: 1, end: .refused(cause))])
    #expect(low.cacheLookedUp(nil, at: at(0), refusal: refusing()) == .finish(.degraded(.embeddingOnly, link: 3)))
    var lower = try call(level: .level2)
    #expect(lower.started(refusal: refusing()) == .finish(.degraded(.manual, link: nil)))
    var lowest = try call(level: .emergency)
    #expect(lowest.started(refusal: refusing()) == .finish(.degraded(.skip, link: nil)))
  }

  @Test func aLevelThatChangesUnderTheCallEndsItsProviders() throws {
    var call = try call()
    #expect(call.started(refusal: refusing()) == attemptA)
    let cause = RejectionCause.degraded(.schemaMapping, .level2, .manual)
    #expect(call.linkRefused(cause, refusal: refusing()) == .finish(.degraded(.manual, link: nil)))
    #expect(call.level == .level2)
  }

  @Test(arguments: [Status.cancelled, .deadlineExceeded])
  func aCallerThatGivesUpEndsTheCall(_ status: Status) throws {
    var trying = try call()
    _ = trying.started(refusal: refusing())
    #expect(trying.callerGaveUp(status) == .finish(.failed(status)))
    #expect(trying.trail == [.init(link: 0, end: .failed(status, nil))])
    var waiting = try call()
    _ = waiting.started(refusal: refusing("a"))
    _ = waiting.linkEnded(.timeout, refusal: refusing("a"))
    #expect(waiting.callerGaveUp(status) == .finish(.failed(status)))
    #expect(waiting.trail.last == .init(link: 1, end: .failed(.timeout, nil)), "what it failed with is not forgotten")
  }
}
