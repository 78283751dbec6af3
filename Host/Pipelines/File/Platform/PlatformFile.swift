package import HostFormats
package import HostModel

/// `headrace.yaml`: what holds for every pipeline of an installation, and how it differs by environment.
package struct PlatformFile: YAMLRecord {
  package static let summary = "The platform: where it lives, what it may use, and how environments differ."

  package var settings: PlatformSettings
  package var environments: [String: PlatformSettings]

  package init(from fields: inout YAMLRecordDecoder) {
    _ = fields.required("version", .integer(1...1), "The version of this file's format: 1.")
    settings = PlatformSettings(from: &fields)
    environments = fields.optional(
      "environments", .dictionary(of: .record, keys: "environments"), default: [:],
      "Settings that replace those above, chosen by --env.")
  }

  /// The settings of an environment; those at the top if none is chosen.
  package func settings(environment: String?) throws(Failure) -> PlatformSettings {
    guard let environment else { return settings }
    guard let overlay = environments[environment] else {
      let known = environments.keys.sorted()
      throw Failure(
        .invalidInput, "the platform file has no environment \(quoted(environment))",
        advice: EditDistance.suggestion(for: environment, among: known)
          ?? (known.isEmpty ? "define it under 'environments'" : "it has \(choices(known, joinedBy: "and"))"))
    }
    return overlay.over(settings)
  }

  /// Targets that policies name and nobody has defined, in whatever environment.
  private var unknownTargets: [Diagnostic] {
    everySettings.flatMap { settings in
      let known = settings.targetNames
      let policies =
        [settings.policy, settings.catalog.policy, settings.objects.policy]
        + settings.fallback.providers.sorted { $0.key < $1.key }.map(\.value.policy)
      return policies.flatMap { $0.unknownTargets(known) }
    }
    .reduce(into: []) { found, next in if !found.contains(next) { found.append(next) } }
  }

  private var everySettings: [PlatformSettings] {
    [settings] + environments.sorted { $0.key < $1.key }.map { $0.value.over(settings) }
  }

  /// Chains that do not end, or that lead nowhere, in whatever environment.
  private var unprovenChains: [Diagnostic] {
    everySettings.flatMap(\.fallback.diagnostics).reduce(into: []) { found, next in
      if !found.contains(next) { found.append(next) }
    }
  }

  /// Reads a platform file. It is nil if there is any error among the diagnostics.
  package static func parse(
    _ bytes: [UInt8], file: String, sources: InterpolationSources
  ) -> (file: PlatformFile?, diagnostics: [Diagnostic]) {
    let document = YAMLDocument.parse(bytes, file: file)
    var mistakes = YAMLMistakes()
    mistakes.add(document.diagnostics)
    guard let root = document.root else { return (nil, mistakes.all) }
    var interpolator = Interpolator(sources: sources)
    let tree = interpolator.interpolate(root)
    mistakes.add(interpolator.mistakes.diagnostics)
    var fieldMistakes = YAMLMistakes()
    var result = YAMLRecordDecoder.read(PlatformFile.self, from: tree, &fieldMistakes)
    result?.settings.secrets = interpolator.secrets
    mistakes.add(fieldMistakes, except: interpolator.unresolved)
    if let result { mistakes.add(result.unprovenChains + result.unknownTargets) }
    return (mistakes.hasErrors ? nil : result, mistakes.all)
  }

  /// The JSON Schema of the file.
  package static var jsonSchema: JSONValue {
    YAMLSchemaDocument.of(PlatformFile.self, title: "Headrace platform", id: "headrace:platform:1")
  }
}
