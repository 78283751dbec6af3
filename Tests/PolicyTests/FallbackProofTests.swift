import HostModel
@testable import HostPolicy
import Testing

@Suite struct FallbackProofTests {
  static let mapping = StageBehaviour(.schemaMapping, .llmAndEmbedding)
  private static let hour = Duration.seconds(3600)

  private func problems(
    _ links: [FallbackChain.Link], _ others: [String: [FallbackChain.Link]] = [:], for stage: StageBehaviour = mapping
  ) -> [FallbackProblem] {
    var chains = others.mapValues { FallbackChain($0) }
    chains["main"] = FallbackChain(links)
    return FallbackProof.problems(of: "main", in: chains, for: stage)
  }

  @Test func theSpecificationsChainIsProven() throws {
    let chains = ["llm": FallbackChain([.provider("a"), .provider("b"), .cached(maxAge: Self.hour)])]
    let proof = try FallbackProof("llm", in: chains, for: Self.mapping)
    #expect(proof.links == [.provider("a"), .provider("b"), .cached(maxAge: Self.hour)])
    #expect(proof.providers == ["a", "b"])
  }

  @Test(
    arguments: [
      ([], [.empty(["main"])]),
      ([.provider("a")], [.endsInProvider("a")]),
      ([.provider("a"), .provider("b")], [.endsInProvider("b")]),
      ([.provider("a"), .provider("a"), .degraded(.manual)], [.providerTwice("a")]),
      ([.provider("a"), .provider("b"), .provider("a"), .degraded(.manual)], [.providerTwice("a")]),
      ([.provider("a"), .cached(maxAge: hour), .provider("b"), .degraded(.manual)], [.providerAfterCached("b")]),
      ([.cached(maxAge: hour), .provider("b")], [.providerAfterCached("b"), .endsInProvider("b")]),
      ([.provider("a"), .cached(maxAge: hour), .cached(maxAge: hour * 2)], [.cachedTwice]),
      ([.provider("a"), .cached(maxAge: .nanoseconds(-1))], [.cachedWithoutAge]),
      ([.provider("a"), .cached(maxAge: .zero)], [.cachedWithoutAge]),
      ([.provider("a"), .cached(maxAge: .nanoseconds(1))], []),
      ([.provider("a"), .degraded(.manual), .provider("b"), .degraded(.skip)], [.degradedNotLast(.manual)]),
      ([.provider("a"), .degraded(.manual), .cached(maxAge: hour)], [.degradedNotLast(.manual)]),
      ([.provider("a"), .degraded(.embeddingOnly), .degraded(.manual)], [.degradedNotLast(.embeddingOnly)]),
      ([.degraded(.manual)], []),
      ([.cached(maxAge: hour)], []),
      ([.provider("a"), .cached(maxAge: hour), .degraded(.embeddingOnly)], []),
      ([.provider("a"), .degraded(.statisticalOnly)], [.foreignMode(.statisticalOnly, .schemaMapping)]),
      ([.provider("a"), .degraded(.llmAndEmbedding)], [.notDegraded(.llmAndEmbedding, insteadOf: .llmAndEmbedding)]),
      ([.chain("other")], [.unknownChain("other")]),
    ] as [([FallbackChain.Link], [FallbackProblem])])
  func eachMistakeIsNamed(_ links: [FallbackChain.Link], _ expected: [FallbackProblem]) {
    #expect(problems(links) == expected)
  }

  @Test func aStageWhoseVariantIsOfAnotherFeatureHasNoChain() {
    let stage = StageBehaviour(.schemaMapping, .mlEnsemble)
    #expect(problems([.degraded(.skip)], for: stage) == [.foreignMode(.mlEnsemble, .schemaMapping)])
  }

  // MARK: Chains that name chains

  @Test func namedChainsAreReplacedByTheirLinks() throws {
    let chains = [
      "main": FallbackChain([.provider("a"), .chain("rest")]),
      "rest": FallbackChain([.chain("b"), .cached(maxAge: Self.hour), .chain("end")]),
      "b": FallbackChain([.provider("b")]), "end": FallbackChain([.degraded(.manual)]),
    ]
    let proof = try FallbackProof("main", in: chains, for: Self.mapping)
    #expect(proof.links == [.provider("a"), .provider("b"), .cached(maxAge: Self.hour), .degraded(.manual)])
    // What stands behind the name is looked at where it ends up.
    let twice: [FallbackChain.Link] = [.chain("b"), .chain("b"), .degraded(.manual)]
    #expect(problems(twice, ["b": [.provider("b")]]) == [.providerTwice("b")])
    #expect(
      problems([.chain("end"), .provider("a")], ["end": [.degraded(.manual)]]).first == .degradedNotLast(.manual))
    #expect(problems([.chain("end"), .degraded(.manual)], ["end": []]) == [.empty(["main", "end"])])
  }

  @Test func aCycleIsToldWithItsWay() {
    #expect(problems([.chain("main")]) == [.cycle(["main", "main"])])
    #expect(problems([.provider("a"), .chain("b")], ["b": [.chain("main")]]) == [.cycle(["main", "b", "main"])])
    // One that does not lead back to the beginning.
    let links: [String: [FallbackChain.Link]] = ["b": [.chain("c")], "c": [.provider("x"), .chain("b")]]
    #expect(problems([.chain("b")], links) == [.cycle(["b", "c", "b"])])
  }

  @Test(arguments: [(7, true), (8, true), (9, false)]) func theDepthIsBounded(_ depth: Int, _ isProven: Bool) {
    var chains = ["\(depth)": [FallbackChain.Link.degraded(.manual)]]
    for level in 2..<depth { chains["\(level)"] = [.chain("\(level + 1)")] }
    #expect(problems([.chain("2")], chains) == (isProven ? [] : [.tooDeep(limit: 8)]))
  }

  @Test(arguments: [(63, true), (64, true), (65, false)]) func theLengthIsBounded(_ length: Int, _ isProven: Bool) {
    let links = (1..<length).map { FallbackChain.Link.provider("p\($0)") } + [.degraded(.manual)]
    #expect(problems(links) == (isProven ? [] : [.tooLong(limit: 64)]))
  }

  /// Each chain names the next a hundred times: 10^14 links, if anybody counted them.
  @Test func chainsThatGrowByPowersAreRefusedAtOnce() {
    var chains: [String: [FallbackChain.Link]] = ["7": [.provider("p")]]
    for level in 1..<7 { chains["\(level)"] = Array(repeating: .chain("\(level + 1)"), count: 100) }
    #expect(problems([.chain("1")], chains) == [.tooLong(limit: 64)])
    chains["7"] = []
    #expect(problems([.chain("1")], chains).map(\.name) == ["empty"])
  }

  // MARK: Levels

  @Test func theBehaviourFollowsTheLevel() throws {
    let chains = ["c": FallbackChain([.provider("a"), .cached(maxAge: Self.hour), .degraded(.embeddingOnly)])]
    let proof = try FallbackProof("c", in: chains, for: Self.mapping)
    #expect(proof.behaviour(at: .normal) == .init(links: [0, 1, 2], end: .mode(.embeddingOnly)))
    #expect(proof.behaviour(at: .level1) == .init(links: [1, 2], end: .mode(.embeddingOnly)))
    // Here a person decides, and an earlier answer does not decide for her.
    #expect(proof.behaviour(at: .level2) == .init(links: [], end: .mode(.manual)))
    #expect(proof.behaviour(at: .emergency) == .init(links: [], end: .mode(.skip)))
    let cached = try FallbackProof(
      "c", in: ["c": FallbackChain([.provider("a"), .cached(maxAge: Self.hour)])], for: Self.mapping)
    #expect(cached.behaviour(at: .normal) == .init(links: [0, 1], end: .failure))
    #expect(cached.behaviour(at: .level1) == .init(links: [1], end: .failure))
  }

  /// A statistical detector stands in for the ensemble at level 1, and nothing does at level 2, where thresholds are wanted.
  @Test func aLevelWithoutBehaviourIsFound() {
    let stage = StageBehaviour(.anomalyDetection, .mlEnsemble)
    let gap = FallbackProblem.noBehaviour(.anomalyDetection, .level2, wanted: .thresholdOnly)
    #expect(problems([.provider("a"), .degraded(.statisticalOnly)], for: stage) == [gap])
    #expect(problems([.provider("a"), .degraded(.thresholdOnly)], for: stage) == [])
    #expect(problems([.provider("a"), .degraded(.skip)], for: stage) == [])
    let cached: [FallbackChain.Link] = [.provider("a"), .cached(maxAge: .seconds(1)), .degraded(.statisticalOnly)]
    #expect(problems(cached, for: stage) == [])
  }

  /// Whatever chain passes, each feature behaves somehow at each level; and each has a chain that passes.
  @Test(arguments: Feature.allCases) func everyFeatureBehavesAtEveryLevel(_ feature: Feature) throws {
    let row = DegradationLevel.allCases.map { DegradationMatrix.mode(of: feature, at: $0) }
    var proven = 0
    for variant in Set(row) {
      let stage = StageBehaviour(feature, variant)
      for degraded in [nil] + FeatureMode.allCases.map(Optional.some) {
        for isCached in [false, true] {
          var links: [FallbackChain.Link] = [.provider("a")]
          if isCached { links.append(.cached(maxAge: .seconds(1))) }
          if let degraded { links.append(.degraded(degraded)) }
          guard let proof = try? FallbackProof("c", in: ["c": FallbackChain(links)], for: stage) else { continue }
          proven += 1
          for level in DegradationLevel.allCases {
            let behaviour = proof.behaviour(at: level)
            #expect(!behaviour.links.isEmpty || behaviour.end != .failure, "\(feature) \(variant) \(links) \(level)")
            #expect(behaviour.links.contains(0) == stage.works(at: level))
            guard case .mode(let mode) = behaviour.end else { continue }
            #expect(StageBehaviour(feature, mode).works(at: level), "\(mode) is run at \(level)")
          }
        }
      }
    }
    #expect(proven > 0)
  }

  @Test func everyProblemHasANameOfItsOwnAndSaysSomething() {
    let all: [FallbackProblem] = [
      .empty(["a"]), .unknownChain("a"), .cycle(["a", "a"]), .tooDeep(limit: 1), .tooLong(limit: 1),
      .providerTwice("a"),
      .providerAfterCached("a"), .cachedTwice, .cachedWithoutAge, .degradedNotLast(.skip), .endsInProvider("a"),
      .foreignMode(.skip, .dataIngestion), .notDegraded(.full, insteadOf: .full),
      .noBehaviour(.anomalyDetection, .level2, wanted: .thresholdOnly),
    ]
    #expect(Set(all.map(\.name)).count == all.count && Set(all.map(\.description)).count == all.count)
    #expect(all.last?.description == "at level_2 nothing serves anomaly_detection, which is 'threshold_only' there")
  }
}
