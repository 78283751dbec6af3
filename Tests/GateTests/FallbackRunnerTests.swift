import HostGate
import HostModel
import HostPolicy
import Testing

/// A chain of providers behind real gates, in virtual time.
private final class ChainWorld {
  let world = World()
  private let names = ["a", "b", "c"]
  private var dependencies: [String: Dependency] = [:]
  private var sites: [String: (once: CallSite, retrying: CallSite)] = [:]
  /// What each provider answers, the last one for ever.
  var script: [String: [Status]] = [:]
  var errors: [String: CallError] = [:]
  private(set) var calls: [String] = []
  var cached: CachedAnswer?
  /// Runs within each attempt.
  var onCall: (String) -> Void = { _ in }
  /// What attempts end with that come to no call.
  var beforeTheGate: Status?
  private(set) var asked: [String] = []
  let cancellation = Cancellation()
  var deadline = Instant.distantFuture

  init() {
    for name in names {
      let dependency = world.dependency(name) { $0.breaker.failureThreshold = 3 }
      dependencies[name] = dependency
      sites[name] = (site(dependency, maxRetries: 1), site(dependency, maxRetries: 3))
    }
  }

  private func site(_ dependency: Dependency, maxRetries: Int) -> CallSite {
    var retry = OperationClass.llmInference.retry
    retry.maxRetries = maxRetries
    return CallSite(
      dependency, operation: .llmInference, feature: .transformations, variant: .naturalLanguageToSQL,
      isIdempotent: true, origin: world.origin, pipeline: world.gate.pipeline(world.origin), retry: retry)
  }

  func ask(_ links: [FallbackChain.Link], isRepeatable: Bool = true) throws -> FallbackEnding {
    let proof = try FallbackProof(
      "chain", in: ["chain": FallbackChain(links)], for: StageBehaviour(.transformations, .naturalLanguageToSQL))
    let runner = FallbackRunner(
      proof, dependencies: dependencies, gate: world.gate, scope: world.gate.pipeline(world.origin),
      retry: OperationClass.llmInference.retry, isRepeatable: isRepeatable)
    return runner.ask(deadline: deadline, cancellation: cancellation) { provider, mayRetry in
      self.asked.append(provider)
      if let status = self.beforeTheGate { return FallbackAttempt(status) }
      guard let sites = self.sites[provider] else { return FallbackAttempt(.fatal) }
      let site = mayRetry ? sites.retrying : sites.once
      return FallbackAttempt(
        site.perform(deadline: self.deadline, cancellation: self.cancellation) { _ in
          self.calls.append(provider)
          self.onCall(provider)
          var steps = self.script[provider] ?? [.ok]
          let status = steps.count > 1 ? steps.removeFirst() : steps[0]
          self.script[provider] = steps
          return CallOutcome(status, self.errors[provider])
        })
    } lookUp: {
      self.cached
    }
  }

  static let specification: [FallbackChain.Link] = [
    .provider("a"), .provider("b"), .cached(maxAge: .seconds(3600)), .degraded(.predefinedSQL),
  ]
}

@Suite struct FallbackRunnerTests {
  @Test func thePrimaryServesWhileItWorks() throws {
    let world = ChainWorld()
    let ending = try world.ask(ChainWorld.specification)
    #expect(ending.conclusion == .answered(link: 0, age: nil))
    #expect(world.calls == ["a"])
  }

  @Test func aFailureFallsOverAtOnceAndIsNotRepeated() throws {
    let world = ChainWorld()
    world.script["a"] = [.transient]
    let ending = try world.ask(ChainWorld.specification)
    #expect(ending.conclusion == .answered(link: 1, age: nil))
    #expect(world.calls == ["a", "b"] && world.world.time.waits.isEmpty)
    #expect(ending.trail.map(\.link) == [0, 1])
    #expect(ending.trail.map(\.end) == [.failed(.transient, nil), .served])
  }

  @Test func theLastProviderIsRetriedAndThenAnEarlierAnswerServesWithItsAge() throws {
    let world = ChainWorld()
    world.script = ["a": [.transient], "b": [.transient]]
    world.world.time.advance(.seconds(600))
    world.cached = CachedAnswer(key: "q", content: [1], answeredAt: at(480_000))
    let ending = try world.ask(ChainWorld.specification)
    guard case .answered(2, let age?) = ending.conclusion else { throw Wrong("\(ending.conclusion)") }
    // The specification's row for language models: 1 s doubled, 10 % jitter.
    #expect(world.calls == ["a", "b", "b", "b"] && world.world.time.waits.count == 2)
    #expect(age >= .seconds(120) && age < .seconds(130))
  }

  @Test func anAnswerThatIsTooOldLeavesTheDegradedVariant() throws {
    let world = ChainWorld()
    world.script = ["a": [.unauthenticated], "b": [.quotaExhausted]]
    world.world.time.advance(.seconds(4000))
    world.cached = CachedAnswer(key: "q", content: [1], answeredAt: at(0))
    let ending = try world.ask(ChainWorld.specification)
    #expect(ending.conclusion == .degraded(.predefinedSQL, link: 3))
    #expect(ending.trail.map(\.link) == [0, 1, 2, 3])
  }

  @Test func refusedContentIsNeverRoutedAround() throws {
    let world = ChainWorld()
    world.script["a"] = [.contentFiltered]
    world.cached = CachedAnswer(key: "q", content: [1], answeredAt: at(0))
    let ending = try world.ask(ChainWorld.specification)
    #expect(ending.conclusion == .failed(.contentFiltered) && world.calls == ["a"])
  }

  /// A sole provider that fails is still cooled: the outage is not paid for by each question.
  @Test func anOpenBreakerIsPassedOverWithoutACallAndTriedAgainWhenItsTimeHasCome() throws {
    let world = ChainWorld()
    world.script = ["a": [.transient, .transient, .transient, .ok]]
    for _ in 0..<3 { _ = try world.ask(ChainWorld.specification) }
    let passedOver = try world.ask(ChainWorld.specification)
    #expect(world.calls == ["a", "b", "a", "b", "a", "b", "b"])
    guard case .refused(.breaker(let rejection)) = passedOver.trail.first?.end else {
      throw Wrong("\(passedOver.trail)")
    }
    #expect(rejection.state == .open)
    world.world.time.advance(.seconds(31))
    let recovered = try world.ask(ChainWorld.specification)
    #expect(recovered.conclusion == .answered(link: 0, age: nil))
  }

  @Test func aProviderThatHasBecomeTheLastIsRepeatedFromTheBudget() throws {
    let world = ChainWorld()
    // While the first is asked, the second's breaker opens: the first is then the last provider that is left.
    world.script["a"] = [.transient, .ok]
    let other = world.world.dependency("b")
    let chain: [FallbackChain.Link] = [.provider("a"), .provider("b"), .degraded(.predefinedSQL)]
    world.onCall = { if $0 == "a" { other.command(.forceOpen) } }
    let ending = try world.ask(chain)
    #expect(ending.conclusion == .answered(link: 0, age: nil))
    #expect(world.calls == ["a", "a"] && world.world.time.waits.count == 1)
  }

  /// An attempt that fails before its gate is asked says of no retry why it stopped: the chain's own bound ends it.
  @Test func attemptsThatNeverComeToACallAreBounded() throws {
    let world = ChainWorld()
    world.beforeTheGate = .transient
    let ending = try world.ask([.provider("a"), .degraded(.predefinedSQL)])
    #expect(ending.conclusion == .degraded(.predefinedSQL, link: 1))
    #expect(world.asked == ["a", "a", "a"] && world.calls.isEmpty)
  }

  @Test func aLevelThatForbidsTheProvidersLeavesTheLaterLinks() throws {
    let world = ChainWorld()
    world.world.gate.pin(.level1, of: world.world.gate.pipeline(world.world.origin))
    let ending = try world.ask(ChainWorld.specification)
    #expect(ending.conclusion == .degraded(.predefinedSQL, link: 3) && world.calls.isEmpty)
    world.world.gate.pin(.emergency, of: world.world.gate.pipeline(world.world.origin))
    #expect(try world.ask(ChainWorld.specification).conclusion == .degraded(.skip, link: nil))
  }

  @Test func aCallThatMayNotBeRepeatedGoesToNoSecondProvider() throws {
    let world = ChainWorld()
    world.script["a"] = [.transient]
    let ending = try world.ask(ChainWorld.specification, isRepeatable: false)
    #expect(world.calls == ["a"] && ending.conclusion == .degraded(.predefinedSQL, link: 3))
  }

  @Test func whoeverCancelsGetsNoOtherAnswer() throws {
    let world = ChainWorld()
    world.script["a"] = [.transient]
    world.onCall = { _ in world.cancellation.cancel() }
    #expect(try world.ask(ChainWorld.specification).conclusion == .failed(.cancelled))
    #expect(world.calls == ["a"])
  }

  @Test func afterTheDeadlineNothingIsCalled() throws {
    let world = ChainWorld()
    world.script["a"] = [.transient]
    world.deadline = at(1000)
    world.onCall = { _ in world.world.time.advance(.seconds(2)) }
    #expect(try world.ask(ChainWorld.specification).conclusion == .failed(.deadlineExceeded))
    #expect(world.calls == ["a"])
  }
}

private struct Wrong: Error {
  let what: String
  init(_ what: String) { self.what = what }
}
