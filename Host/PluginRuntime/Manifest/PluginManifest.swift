package import HostFormats
package import HostPolicy
package import HostPolicyFile

/// A file of `plugins.d/`: what the host knows about a plugin before it runs any of its code.
package struct PluginManifest: YAMLRecord {
  package static let summary = "A plugin: its library, what it needs, and how it is tuned."

  /// Where its process runs.
  package enum Isolation: String, Sendable, CaseIterable {
    case inProcess = "in_process"
    case worker
  }

  /// The variants of anomaly detection in the degradation matrix.
  package enum Variant: String, Sendable, CaseIterable {
    case mlEnsemble = "ml_ensemble"
    case statisticalOnly = "statistical_only"
    case thresholdOnly = "threshold_only"

    package var mode: FeatureMode {
      switch self {
      case .mlEnsemble: .mlEnsemble
      case .statisticalOnly: .statisticalOnly
      case .thresholdOnly: .thresholdOnly
      }
    }
  }

  /// The name that pipelines use.
  package var name: Placed<String>
  /// The plugin's own version, which the library states as well.
  package var version: Placed<String>
  package var kinds: [PluginKind]
  /// A path below the manifest's folder; a bare file name is looked for beside the executable and in the installation too.
  package var library: Placed<String>
  package var abi: ABIRange
  /// The platforms that the library was built for; empty for the platform that the host itself was built for.
  package var platforms: [String]
  /// The library's SHA-256 in lower-case hexadecimal; nil where `plugins.lock` has it.
  package var sha256: Placed<String>?
  /// The SHA-256 of the report of a check that stands beside it, in lower-case hexadecimal; nil: none is pinned.
  package var checked: Placed<String>?
  package var description: String
  package var license: String?
  package var permissions: PluginPermissions
  /// Where it asks to run; nil: in this process if it is trusted, otherwise in a worker. `Placement` decides.
  package var isolation: Placed<Isolation>?
  /// Up to which level a detector is used.
  package var variant: Variant?
  /// Tuning that is merged under the configuration of each pipeline.
  package var config: YAMLNode
  package var policy: PolicySection

  package init(from fields: inout YAMLRecordDecoder) {
    _ = fields.required("manifest", .integer(1...1), "The version of this file's format: 1.")
    name = fields.required("name", YAMLType.name("a name").placed, "The name that pipelines use.")
    version = fields.required("version", YAMLType.version.placed, "The plugin's own version, such as 1.4.0.")
    kinds = Self.kinds(&fields)
    library = fields.required(
      "library", YAMLType.libraryName.placed, "The library's file, in the manifest's folder or below.")
    abi = fields.optional("abi", .record, default: ABIRange(), "The versions of the plugin interface that it speaks.")
    platforms = fields.optional(
      "platform", .oneOrMore(.platform), default: [],
      "What the library was built for; the host's own platform unless stated.")
    sha256 = fields.optional(
      "sha256", YAMLType.sha256.placed, "The library's hash; needed unless plugins.lock has it.")
    checked = fields.optional(
      "checked", YAMLType.sha256.placed,
      "The hash of the report of a check, which stands beside the manifest under its name and .check.json.")
    description = fields.optional("description", .text, default: "", "One sentence for people.")
    license = fields.optional("license", .text, "An SPDX expression such as Apache-2.0.")
    permissions = fields.optional(
      "permissions", .record, default: PluginPermissions(), "What it may reach. Nothing unless stated.")
    isolation = fields.optional(
      "isolation", YAMLType.choice(of: Isolation.allCases, default: .worker).placed,
      "Where it runs: in_process, or in a worker process of its own. Unless stated a trusted plugin is in_process and "
        + "any other a worker. in_process is for plugins that are trusted, or let in by the operator.")
    variant = fields.optional(
      "variant", .choice(of: Variant.allCases, default: .statisticalOnly),
      "What a detector is: an ml_ensemble works at the normal level alone, statistical_only (unless stated) at level 1 "
        + "too, threshold_only up to level 2.")
    if variant != nil, !kinds.contains(.detector) { fields.refuse("variant", "only a detector has a 'variant'") }
    config = fields.optional(
      "config", .tree, default: .emptyMapping(at: fields.place), "Defaults under the configuration of each pipeline.")
    policy = fields.optional("policy", .record, default: PolicySection(), "How calls into it are protected.")
    fields.reserved("signature", "limits")
  }

  private static func kinds(_ fields: inout YAMLRecordDecoder) -> [PluginKind] {
    let kinds = fields.required(
      "kinds", .oneOrMore(.choice(of: PluginKind.allCases, default: .source, reserved: [.cdc, .sink])),
      "What it is: source, transform, detector, format, llm.")
    if fields.has("kinds"), fields.value("kinds")?.items?.isEmpty == true {
      fields.refuse("kinds", "expected at least one kind")
    }
    if Set(kinds).count < kinds.count { fields.refuse("kinds", "a kind is named twice") }
    return kinds
  }
}

/// The versions of the plugin interface that a plugin speaks, both included.
package struct ABIRange: YAMLRecord, Equatable {
  package static let summary = "A range of versions of the plugin interface."

  package var min = 1
  package var max = 1

  package init() {}

  package init(from fields: inout YAMLRecordDecoder) {
    min = fields.optional("min", .count(1...65_535), default: 1, "The oldest version.")
    max = fields.optional("max", .count(1...65_535), default: min, "The newest version; the oldest unless stated.")
    if min > max { fields.refuse("min", "'min' is above 'max'") }
  }
}
