import HostModel
@testable import HostPolicy
import TestSupport
import Testing

/// Random calls along random chains against a little world that does what it is told, knows which providers refuse, and
/// throws where it is told something illegal.
@Suite struct FallbackModelTests {
  enum Illegal: Error {
    case wentBack, afterTheEnd, askedTheLevelsNo, askedOneThatRefuses, passedOverOneThatServes, madeTwice
    case retriedWhatIsNotRetriable, retriedThoughAnotherServes, didNotRetry, wentOnAfterAnAnswer, stoppedTooSoon
    case servedTooOld, missedAnAnswer, wrongConclusion, wrongTrail, doesNotEnd
  }

  /// What the statuses mean, without the table of the host.
  private static let answers: Set<Status> = [
    .cancelled, .deadlineExceeded, .invalidConfig, .badRecord, .notFound, .conflict, .unsupported, .contentFiltered,
  ]
  private static let retriable: Set<Status> = [.timeout, .transient, .throttled, .truncated, .crashed, .hung]
  private static let withoutEffect: Set<Status> = [
    .rejected, .throttled, .quotaExhausted, .unauthenticated, .permissionDenied,
  ]

  struct World {
    let proof: FallbackProof
    let isRepeatable: Bool
    var level: DegradationLevel
    var refusing: Set<String> = []
    /// The link that was told last; -1 before the first.
    var link = -1
    var isSpent = false
    var lastFailure: Status?
    var attempts = 0
    var conclusion: FallbackCall.Conclusion?

    /// Providers behind a link that would take the call.
    func healthy(after link: Int) -> [Int] {
      guard !isSpent, proof.stage.works(at: level) else { return [] }
      return proof.links.indices.filter { index in
        guard index > link, case .provider(let name) = proof.links[index] else { return false }
        return !refusing.contains(name)
      }
    }

    /// The call goes on to another link, or ends.
    mutating func went(_ action: FallbackCall.Action) throws {
      guard conclusion == nil else { throw Illegal.afterTheEnd }
      let first = healthy(after: link).first
      switch action {
      case .retry: throw Illegal.retriedWhatIsNotRetriable
      case .attempt(let next, let name, let mayRetry):
        guard next > link else { throw Illegal.wentBack }
        guard proof.stage.works(at: level) else { throw Illegal.askedTheLevelsNo }
        guard !refusing.contains(name) else { throw Illegal.askedOneThatRefuses }
        guard !isSpent else { throw Illegal.madeTwice }
        guard next == first, case .provider(name) = proof.links[next] else { throw Illegal.passedOverOneThatServes }
        guard mayRetry == healthy(after: next).isEmpty else { throw Illegal.retriedThoughAnotherServes }
        attempts += 1
        link = next
      case .lookUp(let next, let maxAge):
        guard next > link else { throw Illegal.wentBack }
        guard first == nil else { throw Illegal.passedOverOneThatServes }
        guard proof.links[next] == .cached(maxAge: maxAge) else { throw Illegal.wrongConclusion }
        link = next
      case .finish(let conclusion):
        guard first == nil else { throw Illegal.passedOverOneThatServes }
        try ended(conclusion)
      }
    }

    private mutating func ended(_ conclusion: FallbackCall.Conclusion) throws {
      self.conclusion = conclusion
      let wanted = DegradationMatrix.mode(of: proof.stage.feature, at: level)
      switch conclusion {
      case .degraded(let mode, .some(let link)):
        guard link > self.link, proof.links[link] == .degraded(mode) else { throw Illegal.wrongConclusion }
        guard StageBehaviour(proof.stage.feature, mode).works(at: level) else { throw Illegal.askedTheLevelsNo }
      case .degraded(let mode, nil):
        guard mode == wanted, mode.needsNoProvider else { throw Illegal.wrongConclusion }
      case .failed(let status):
        guard status == lastFailure else { throw Illegal.wrongConclusion }
      case .refused:
        guard attempts == 0 || lastFailure == nil else { throw Illegal.wrongConclusion }
      case .answered: throw Illegal.wrongConclusion
      }
    }

    mutating func attemptEnded(_ status: Status, stop: RetryStop?, _ action: FallbackCall.Action) throws {
      if status == .ok {
        guard action == .finish(.answered(link: link, age: nil)) else { throw Illegal.wentOnAfterAnAnswer }
        conclusion = .answered(link: link, age: nil)
        return
      }
      lastFailure = status
      if FallbackModelTests.answers.contains(status) {
        guard action == .finish(.failed(status)) else { throw Illegal.wentOnAfterAnAnswer }
        conclusion = .failed(status)
        return
      }
      if !isRepeatable, !FallbackModelTests.withoutEffect.contains(status) { isSpent = true }
      guard case .retry(let retried, let name) = action else {
        let shouldRetry = FallbackModelTests.retriable.contains(status) && stop == nil && healthy(after: link).isEmpty
        guard !shouldRetry else { throw Illegal.didNotRetry }
        return try went(action)
      }
      guard FallbackModelTests.retriable.contains(status), stop == nil else { throw Illegal.retriedWhatIsNotRetriable }
      guard retried == link, proof.links[link] == .provider(name) else { throw Illegal.wentBack }
      guard healthy(after: link).isEmpty else { throw Illegal.retriedThoughAnotherServes }
    }

    mutating func lookedUp(_ age: Int64?, maxAge: Duration, _ action: FallbackCall.Action) throws {
      if case .finish(.answered(let served, let told)) = action {
        guard let age, served == link, told == .milliseconds(age) else { throw Illegal.wrongConclusion }
        guard told.map({ $0 <= maxAge }) == true else { throw Illegal.servedTooOld }
        conclusion = .answered(link: served, age: told)
        return
      }
      if let age, .milliseconds(age) <= maxAge { throw Illegal.missedAnAnswer }
      try went(action)
    }
  }

  struct Tally {
    var proven = 0, primary = 0, later = 0, cached = 0, degraded = 0, byLevel = 0, failed = 0, refused = 0, retries = 0
    var spent = 0
    var all: [Int] { [proven, primary, later, cached, degraded, byLevel, failed, refused, retries, spent] }
  }

  @Test func everyStepIsLegalAndEveryCallEnds() throws {
    var tally = Tally()
    try SimulationSeeds.forEach(10_000) { seed in
      var random = SplitMix64(seed: seed)
      guard let proof = randomProof(&random) else { return }
      tally.proven += 1
      for _ in 0..<4 { try call(proof, &random, &tally) }
    }
    print("fallback model: \(tally)")
    #expect(tally.all.allSatisfy { $0 > 0 } || SimulationSeeds.first(2).count == 1)
  }

  /// nil if the chain does not pass.
  private func randomProof(_ random: inout SplitMix64) -> FallbackProof? {
    var links = (0..<Int.random(in: 0...4, using: &random)).map { FallbackChain.Link.provider("p\($0)") }
    if Bool.random(using: &random) { links.append(.cached(maxAge: .milliseconds(50))) }
    let feature = Feature.allCases.randomElement(using: &random) ?? .schemaMapping
    let row = DegradationLevel.allCases.map { DegradationMatrix.mode(of: feature, at: $0) }
    if Bool.random(using: &random), let mode = row.randomElement(using: &random) { links.append(.degraded(mode)) }
    let variant = Int.random(in: 0..<4, using: &random) == 0 ? row.randomElement(using: &random) : row.first
    let stage = StageBehaviour(feature, variant ?? .full)
    return try? FallbackProof("c", in: ["c": FallbackChain(links)], for: stage)
  }

  private func call(_ proof: FallbackProof, _ random: inout SplitMix64, _ tally: inout Tally) throws {
    let levels: [DegradationLevel] = [.normal, .normal, .normal, .level1, .level2, .emergency]
    let level = levels.randomElement(using: &random) ?? .normal
    var world = World(proof: proof, isRepeatable: Int.random(in: 0..<4, using: &random) > 0, level: level)
    shuffleRefusals(&world, &random)
    var call = FallbackCall(proof, level: level, isRepeatable: world.isRepeatable)
    var action = call.started(refusal: refusal(world))
    try world.went(action)
    var steps = 0
    while world.conclusion == nil {
      steps += 1
      // Each of at most six links once, and at most eight repetitions.
      guard steps <= 14 + 2 else { throw Illegal.doesNotEnd }
      shuffleRefusals(&world, &random)
      switch action {
      case .attempt: action = try attempt(&call, &world, &random)
      case .retry:
        tally.retries += 1
        if steps > 8 || Bool.random(using: &random) {
          action = call.retryStopped(.attemptsExhausted, refusal: refusal(world))
          try world.went(action)
        } else {
          action = try attempt(&call, &world, &random)
        }
      case .lookUp(_, let maxAge):
        let age = Bool.random(using: &random) ? Int64.random(in: 45...55, using: &random) : nil
        let answer = age.map { CachedAnswer(key: "k", content: [], answeredAt: at(1000 - $0)) }
        action = call.cacheLookedUp(answer, at: at(1000), refusal: refusal(world))
        try world.lookedUp(age, maxAge: maxAge, action)
      case .finish: throw Illegal.stoppedTooSoon
      }
    }
    try check(call, world, &tally)
  }

  private func attempt(
    _ call: inout FallbackCall, _ world: inout World, _ random: inout SplitMix64
  ) throws -> FallbackCall.Action {
    if Int.random(in: 0..<6, using: &random) == 0 {
      let mode = DegradationMatrix.mode(of: world.proof.stage.feature, at: .level2)
      let isLevel = Int.random(in: 0..<4, using: &random) == 0
      if isLevel { world.level = max(world.level, .level2) }
      let cause = isLevel ? RejectionCause.degraded(world.proof.stage.feature, .level2, mode) : .bulkheadFull(limit: 1)
      let action = call.linkRefused(cause, refusal: refusal(world))
      try world.went(action)
      return action
    }
    let status = Int.random(in: 0..<5, using: &random) == 0 ? .ok : Status.allCases.randomElement(using: &random) ?? .ok
    let end = status == .endOfStream ? .ok : status
    let stop: RetryStop? = end != .ok && Int.random(in: 0..<4, using: &random) == 0 ? .budgetExhausted : nil
    let action = call.linkEnded(end, stop: stop, refusal: refusal(world))
    try world.attemptEnded(end, stop: stop, action)
    return action
  }

  private func shuffleRefusals(_ world: inout World, _ random: inout SplitMix64) {
    world.refusing = Set(world.proof.providers.filter { _ in Int.random(in: 0..<3, using: &random) == 0 })
  }

  private func refusal(_ world: World) -> (String) -> RejectionCause? {
    { [refusing = world.refusing] in refusing.contains($0) ? .throttled(percent: 50) : nil }
  }

  /// The trail goes forwards, says once who served, and agrees with the conclusion.
  private func check(_ call: FallbackCall, _ world: World, _ tally: inout Tally) throws {
    let links = call.trail.map(\.link)
    guard links == links.sorted() else { throw Illegal.wrongTrail }
    let served = call.trail.filter { $0.end == .served }.map(\.link)
    tally.spent += call.trail.contains { $0.end == .notRepeatable } ? 1 : 0
    switch world.conclusion {
    case .answered(let link, let age):
      guard served == [link], call.trail.last?.link == link else { throw Illegal.wrongTrail }
      if age != nil { tally.cached += 1 } else if link == 0 { tally.primary += 1 } else { tally.later += 1 }
    case .degraded(_, let link):
      guard served == (link.map { [$0] } ?? []) else { throw Illegal.wrongTrail }
      if link == nil { tally.byLevel += 1 } else { tally.degraded += 1 }
    case .failed(let status):
      let failures = call.trail.compactMap { if case .failed(let told, _) = $0.end { told } else { nil } }
      guard served.isEmpty, failures.last == status else { throw Illegal.wrongTrail }
      tally.failed += 1
    case .refused(let cause):
      guard served.isEmpty else { throw Illegal.wrongTrail }
      if let first = call.trail.first(where: { if case .refused = $0.end { true } else { false } }) {
        guard first.end == .refused(cause) else { throw Illegal.wrongTrail }
      }
      tally.refused += 1
    case nil: throw Illegal.doesNotEnd
    }
  }
}
