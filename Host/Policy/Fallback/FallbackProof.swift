/// A chain of which is proven that it ends, and that its feature behaves somehow at each degradation level, whatever fails.
///
/// What a call runs along (`FallbackCall`); there is no other way to get one than to pass the checks:
/// 1. Named chains are replaced by their links, to a limited depth; a cycle or an unknown name ends it there.
/// 2. What is left stands in its order: each provider once, then at most one cached response, then at most one degraded
///    variant, and one of those two at the end.
/// 3. The degraded variant is of the feature's row, and one that is still run when the providers' own is not.
/// 4. At each level a link may serve, or the matrix asks for a variant that the host carries out by itself.
///
/// A call therefore goes through its links from the first to the last and never back, so it ends after as many steps as
/// there are links, and the retries of one of them.
package struct FallbackProof: Sendable, Hashable {
  /// A link without names of chains.
  package enum Link: Sendable, Hashable {
    case provider(String)
    case cached(maxAge: Duration)
    case degraded(FeatureMode)
  }

  /// What the feature does at a level.
  package struct Behaviour: Sendable, Hashable {
    package enum End: Sendable, Hashable {
      /// The feature goes on in this variant.
      case mode(FeatureMode)
      /// The caller is told what went wrong.
      case failure
    }
    /// Indices of the links that may serve, in their order.
    package let links: [Int]
    /// What follows if none of those that can fail serves.
    package let end: End
  }

  package static let mostLinks = 64
  package static let mostDepth = 8

  /// What the providers implement.
  package let stage: StageBehaviour
  package let links: [Link]

  /// - Throws: every mistake that was found. A mistake in the names hides those in the order, and one of those hides what
  ///   is missing at a level.
  package init(
    _ name: String, in chains: [String: FallbackChain], for stage: StageBehaviour
  ) throws(FallbackMistakes) {
    var expansion = FallbackExpansion(chains)
    expansion.enter(name)
    guard expansion.problems.isEmpty else { throw FallbackMistakes(problems: expansion.problems) }
    self.stage = stage
    links = expansion.links
    for problems in [orderProblems + variantProblems, levelProblems] where !problems.isEmpty {
      throw FallbackMistakes(problems: problems)
    }
  }

  /// The mistakes of a chain; none if it can be used.
  package static func problems(
    of name: String, in chains: [String: FallbackChain], for stage: StageBehaviour
  ) -> [FallbackProblem] {
    do throws(FallbackMistakes) {
      _ = try FallbackProof(name, in: chains, for: stage)
      return []
    } catch {
      return error.problems
    }
  }

  package var providers: [String] { links.compactMap(\.provider) }

  package func behaviour(at level: DegradationLevel) -> Behaviour {
    let serving = links.indices.filter { mayServe(links[$0], at: level) }
    if let last = serving.last, case .degraded(let mode) = links[last] {
      return Behaviour(links: serving, end: .mode(mode))
    }
    let wanted = DegradationMatrix.mode(of: stage.feature, at: level)
    return Behaviour(links: serving, end: wanted.needsNoProvider ? .mode(wanted) : .failure)
  }

  private func mayServe(_ link: Link, at level: DegradationLevel) -> Bool {
    switch link {
    case .provider: stage.works(at: level)
    // Nobody is called for it. But where the feature has ended, an answer would only seem to come from it.
    case .cached: !DegradationMatrix.mode(of: stage.feature, at: level).needsNoProvider || stage.works(at: level)
    case .degraded(let mode): StageBehaviour(stage.feature, mode).works(at: level)
    }
  }

  private var orderProblems: [FallbackProblem] {
    var found: [FallbackProblem] = []
    var seen: Set<String> = []
    var isCached = false
    for (index, link) in links.enumerated() {
      switch link {
      case .provider(let name):
        if !seen.insert(name).inserted { found.append(.providerTwice(name)) }
        if isCached { found.append(.providerAfterCached(name)) }
        if index == links.count - 1 { found.append(.endsInProvider(name)) }
      case .cached(let maxAge):
        if isCached { found.append(.cachedTwice) }
        if maxAge <= .zero { found.append(.cachedWithoutAge) }
        isCached = true
      case .degraded(let mode):
        if index < links.count - 1 { found.append(.degradedNotLast(mode)) }
      }
    }
    return found
  }

  private var variantProblems: [FallbackProblem] {
    let row = DegradationLevel.allCases.map { DegradationMatrix.mode(of: stage.feature, at: $0) }
    guard let own = row.lastIndex(of: stage.variant) else { return [.foreignMode(stage.variant, stage.feature)] }
    let degraded = links.compactMap(\.degradedMode)
    let foreign = degraded.filter { !row.contains($0) }
    guard foreign.isEmpty else { return foreign.map { .foreignMode($0, stage.feature) } }
    let equals = degraded.filter { (row.lastIndex(of: $0) ?? 0) <= own }
    return equals.map { .notDegraded($0, insteadOf: stage.variant) }
  }

  private var levelProblems: [FallbackProblem] {
    DegradationLevel.allCases.compactMap { level in
      let behaviour = behaviour(at: level)
      guard behaviour.links.isEmpty, behaviour.end == .failure else { return nil }
      return .noBehaviour(stage.feature, level, wanted: DegradationMatrix.mode(of: stage.feature, at: level))
    }
  }
}

extension FallbackProof.Link {
  /// As answers and messages call it.
  package var name: String {
    switch self {
    case .provider(let name): name
    case .cached: "cached_response"
    case .degraded(let mode): mode.name
    }
  }

  package var provider: String? {
    guard case .provider(let name) = self else { return nil }
    return name
  }

  fileprivate var degradedMode: FeatureMode? {
    guard case .degraded(let mode) = self else { return nil }
    return mode
  }
}

/// Everything that is wrong with one chain.
package struct FallbackMistakes: Error, Sendable, Equatable {
  package let problems: [FallbackProblem]
}

/// Replaces the names of chains by their links.
private struct FallbackExpansion {
  let chains: [String: FallbackChain]
  var links: [FallbackProof.Link] = []
  var problems: [FallbackProblem] = []
  /// From the first chain to the one that is being read.
  private var path: [String] = []

  init(_ chains: [String: FallbackChain]) { self.chains = chains }

  mutating func enter(_ name: String) {
    if let first = path.firstIndex(of: name) { return problems.append(.cycle(path[first...] + [name])) }
    guard let chain = chains[name] else { return problems.append(.unknownChain(name)) }
    path.append(name)
    defer { path.removeLast() }
    guard path.count <= FallbackProof.mostDepth else {
      return problems.append(.tooDeep(limit: FallbackProof.mostDepth))
    }
    if chain.links.isEmpty { problems.append(.empty(path)) }
    // The first mistake in what it names ends it: chains that name others twice grow by powers.
    for link in chain.links where problems.isEmpty { add(link) }
  }

  private mutating func add(_ link: FallbackChain.Link) {
    switch link {
    case .provider(let name): append(.provider(name))
    case .cached(let maxAge): append(.cached(maxAge: maxAge))
    case .degraded(let mode): append(.degraded(mode))
    case .chain(let name): enter(name)
    }
  }

  private mutating func append(_ link: FallbackProof.Link) {
    guard links.count < FallbackProof.mostLinks else {
      return problems.append(.tooLong(limit: FallbackProof.mostLinks))
    }
    links.append(link)
  }
}

extension FeatureMode {
  /// Whether the host carries the variant out by itself, without a plugin or server that implements it.
  package var needsNoProvider: Bool {
    switch self {
    case .passThrough, .buffer, .manual, .skip, .disabled: true
    case .full, .llmAndEmbedding, .embeddingOnly, .naturalLanguageToSQL, .predefinedSQL, .mlEnsemble, .statisticalOnly,
      .thresholdOnly, .fullDimensions, .coreDimensions, .basicChecks, .fullAutoHeal, .transientOnly:
      false
    }
  }
}
