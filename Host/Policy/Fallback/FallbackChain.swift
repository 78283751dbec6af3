/// Who answers when the first choice does not: `primary -> secondary -> tertiary -> cached response -> degraded variant`.
///
/// What an operator writes. A chain is of use once it is proven (`FallbackProof`), which also replaces the names of other
/// chains by their links.
package struct FallbackChain: Sendable, Hashable {
  package enum Link: Sendable, Hashable {
    /// A dependency that answers the call itself.
    case provider(String)
    /// An earlier answer to the same question, not older than this. Zero or less never serves.
    case cached(maxAge: Duration)
    /// The feature in a lesser variant, which asks none of the chain's providers.
    case degraded(FeatureMode)
    /// All links of another chain.
    case chain(String)
  }

  /// In the order in which they are tried.
  package var links: [Link]

  package init(_ links: [Link]) { self.links = links }
}

/// What is wrong with a chain.
package enum FallbackProblem: Error, Sendable, Hashable {
  /// A chain without links, at the end of these names.
  case empty([String])
  /// No chain has the name.
  case unknownChain(String)
  /// The chains lead back to where they began.
  case cycle([String])
  /// Chains in chains in chains, beyond the limit.
  case tooDeep(limit: Int)
  /// More links than anybody waits for.
  case tooLong(limit: Int)
  case providerTwice(String)
  /// A provider that is never asked, behind a link that ends the calls.
  case providerAfterCached(String)
  case cachedTwice
  /// The cache can never serve.
  case cachedWithoutAge
  /// A link behind the degraded variant, which always answers.
  case degradedNotLast(FeatureMode)
  /// If every link fails there is neither an earlier answer nor a lesser variant.
  case endsInProvider(String)
  /// The feature's row of the degradation matrix has no such variant.
  case foreignMode(FeatureMode, Feature)
  /// The variant is given up no later than what it stands in for.
  case notDegraded(FeatureMode, insteadOf: FeatureMode)
  /// At the level no link may serve, and the matrix asks for a variant that somebody has to implement.
  case noBehaviour(Feature, DegradationLevel, wanted: FeatureMode)

  /// As messages, tests and metrics call it.
  package var name: String {
    switch self {
    case .empty: "empty"
    case .unknownChain: "unknown_chain"
    case .cycle: "cycle"
    case .tooDeep: "too_deep"
    case .tooLong: "too_long"
    case .providerTwice: "provider_twice"
    case .providerAfterCached: "provider_after_cached"
    case .cachedTwice: "cached_twice"
    case .cachedWithoutAge: "cached_without_age"
    case .degradedNotLast: "degraded_not_last"
    case .endsInProvider: "ends_in_provider"
    case .foreignMode: "foreign_mode"
    case .notDegraded: "not_degraded"
    case .noBehaviour: "no_behaviour"
    }
  }
}

extension FallbackProblem: CustomStringConvertible {
  /// For the person who wrote the chain.
  package var description: String {
    switch self {
    case .empty(let names): "the chain '\(names.last ?? "")' has no links"
    case .unknownChain(let name): "there is no chain '\(name)'"
    case .cycle(let names): "the chain leads back to itself: \(names.joined(separator: " -> "))"
    case .tooDeep(let limit): "chains name chains more than \(limit) deep"
    case .tooLong(let limit): "the chain has more than \(limit) links"
    case .providerTwice(let name): "'\(name)' is in the chain twice"
    case .providerAfterCached(let name): "'\(name)' comes after a cached response"
    case .cachedTwice: "the chain has two cached responses"
    case .cachedWithoutAge: "a cached response that may not have any age is never served"
    case .degradedNotLast(let mode): "'\(mode.name)' always answers, so what comes after it is never tried"
    case .endsInProvider(let name): "after '\(name)' there is neither a cached response nor a degraded variant"
    case .foreignMode(let mode, let feature): "\(feature.name) has no variant '\(mode.name)'"
    case .notDegraded(let mode, let other): "'\(mode.name)' is given up no later than '\(other.name)'"
    case .noBehaviour(let feature, let level, let wanted):
      "at \(level.name) nothing serves \(feature.name), which is '\(wanted.name)' there"
    }
  }
}
