package import HostFormats
package import HostModel
package import HostPolicy

/// A provider of a language model, as the platform file states it.
package struct ProviderSection: YAMLRecord {
  package static let summary = "A provider that chains name: a plugin of kind llm, with its configuration."

  package var plugin: Placed<String>
  package var config: YAMLNode
  package var policy: PolicySection

  package init(from fields: inout YAMLRecordDecoder) {
    plugin = fields.required(
      "plugin", YAMLType.name("the name of a plugin").placed, "The plugin, by its manifest's name.")
    config = fields.optional(
      "config", .tree, default: .emptyMapping(at: fields.place), "Its configuration, over that of the manifest.")
    policy = fields.optional(
      "policy", .record, default: PolicySection(), "How calls are protected, over the manifest's and the platform's.")
  }
}

/// A link of a chain; exactly one key.
package struct FallbackLinkSection: YAMLRecord {
  package static let summary = "A link of a chain: one of its keys."

  /// The lesser variants of the features that providers serve.
  package enum Variant: String, Sendable, CaseIterable {
    case predefinedSQL = "predefined_sql"
    case passThrough = "pass_through"
    case embeddingOnly = "embedding_only"
    case manual, skip

    var mode: FeatureMode {
      switch self {
      case .predefinedSQL: .predefinedSQL
      case .passThrough: .passThrough
      case .embeddingOnly: .embeddingOnly
      case .manual: .manual
      case .skip: .skip
      }
    }
  }

  package let link: FallbackChain.Link
  package let place: SourcePlace
  /// The name came from the environment or a file, so messages must not quote it.
  let isSecret: Bool

  package init(from fields: inout YAMLRecordDecoder) {
    place = fields.place
    let provider = fields.optional(
      "provider", YAMLType.name("the name of a provider").placed, "A provider, by its name.")
    let chain = fields.optional("chain", YAMLType.name("the name of a chain").placed, "All links of another chain.")
    isSecret = provider?.isSecret ?? chain?.isSecret ?? false
    let age = fields.optional(
      "cached_response", .duration(.seconds(1) ... .seconds(366 * 86_400)),
      "An earlier answer to the same question, if it is not older than this.")
    let variant = fields.optional(
      "degraded", .choice(of: Variant.allCases, default: .skip), "The feature goes on in this lesser variant.")
    let stated: [FallbackChain.Link] = [
      provider.map { .provider($0.value) }, chain.map { .chain($0.value) }, age.map { .cached(maxAge: $0) },
      variant.map { .degraded($0.mode) },
    ].compactMap { $0 }
    if stated.count != 1 {
      fields.refuse(
        at: place,
        "a link is one of 'provider', 'chain', 'cached_response' and 'degraded', found \(stated.count) of them")
    }
    link = stated.first ?? .degraded(.skip)
  }
}

/// Who answers when the first choice does not, as the platform file states it.
package struct FallbackSection: YAMLRecord {
  package static let summary = "A chain of providers: who answers when the first choice does not."

  /// The features that language models serve.
  package enum Served: String, Sendable, CaseIterable {
    case transformations
    case schemaMapping = "schema_mapping"

    /// What the providers do by the degradation matrix.
    package var behaviour: StageBehaviour {
      switch self {
      case .transformations: StageBehaviour(.transformations, .naturalLanguageToSQL)
      case .schemaMapping: StageBehaviour(.schemaMapping, .llmAndEmbedding)
      }
    }
  }

  package var feature: Served
  package var links: [FallbackLinkSection]
  package var place: SourcePlace

  package init(from fields: inout YAMLRecordDecoder) {
    place = fields.place
    feature = fields.optional(
      "feature", .choice(of: Served.allCases, default: .transformations), default: .transformations,
      "The row of the degradation matrix that its answers are for.")
    links = fields.required(
      "links", .list(of: .record), "Providers, a cached response, a degraded variant: in their order.")
  }

  package var chain: FallbackChain { FallbackChain(links.map(\.link)) }
}

/// The chains of an installation, and the proof that each of them ends.
package struct FallbackSections: Sendable {
  package var providers: [String: ProviderSection] = [:]
  package var chains: [String: FallbackSection] = [:]

  package init() {}

  package func over(_ base: FallbackSections) -> FallbackSections {
    var result = base
    result.providers.merge(providers) { $1 }
    result.chains.merge(chains) { $1 }
    return result
  }

  package func proof(_ name: String) throws(FallbackMistakes) -> FallbackProof {
    try FallbackProof(
      name, in: chains.mapValues(\.chain), for: (chains[name]?.feature ?? .transformations).behaviour)
  }

  /// What is wrong with the chains, at the places where they are written.
  package var diagnostics: [Diagnostic] {
    chains.sorted { ($0.value.place.line, $0.key) < ($1.value.place.line, $1.key) }.flatMap { name, section in
      unknownProviders(section) + unproven(name, section)
    }
  }

  private func unknownProviders(_ section: FallbackSection) -> [Diagnostic] {
    section.links.compactMap { link in
      guard case .provider(let name) = link.link, providers[name] == nil else { return nil }
      let known = providers.keys.sorted()
      let advice =
        EditDistance.suggestion(for: name, among: known)
        ?? (known.isEmpty ? "define it under 'providers'" : "there are \(choices(known, joinedBy: "and"))")
      let shown = link.isSecret ? "that is not shown" : quoted(name)
      return Diagnostic(at: link.place, "there is no provider \(shown)", suggestion: link.isSecret ? nil : advice)
    }
  }

  private func unproven(_ name: String, _ section: FallbackSection) -> [Diagnostic] {
    do throws(FallbackMistakes) {
      _ = try proof(name)
      return []
    } catch {
      // What is wrong names links, wherever in the chains they stand.
      let hides = chains.values.contains { $0.links.contains(where: \.isSecret) }
      return error.problems.map { problem in
        Diagnostic(at: section.place, "the chain \(quoted(name)): \(hides ? problem.name : problem.description)")
      }
    }
  }
}
