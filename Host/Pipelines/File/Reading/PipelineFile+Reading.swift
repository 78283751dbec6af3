import HostFormats
package import HostModel

extension PipelineFile {
  /// What became of a text.
  package struct Reading: Sendable {
    /// nil if there is any error among the diagnostics.
    package var file: PipelineFile?
    /// Every mistake, in the order of the file.
    package var diagnostics: [Diagnostic]

    /// The file, or every mistake as one failure with exit code 2.
    package func get() throws(Failure) -> PipelineFile {
      guard let file else { throw Failure.invalid(diagnostics) }
      return file
    }
  }

  /// Reads a pipeline file: YAML, then interpolation, then the fields, then what they say together.
  ///
  /// Values of `${env:}` and `${file:}` are marked in the tree (`YAMLScalar.isSecret`) and never appear in a diagnostic.
  /// - Parameters:
  ///   - bytes: the content.
  ///   - name: the file's name for places.
  ///   - sources: the environment and the files that `${...}` may use.
  ///   - overrides: the `--set` arguments; the last of one name wins.
  package static func parse(
    _ bytes: [UInt8], file name: String, sources: InterpolationSources, overrides: [VariableOverride] = []
  ) -> Reading {
    let document = YAMLDocument.parse(bytes, file: name)
    var mistakes = YAMLMistakes()
    mistakes.add(document.diagnostics)
    guard let root = document.root else { return Reading(file: nil, diagnostics: mistakes.all) }
    guard root.entries != nil else {
      mistakes.add(root.place, "expected a mapping, found \(root.found)", suggestion: "begin with 'version: 1'")
      return Reading(file: nil, diagnostics: mistakes.all)
    }
    var interpolator = Interpolator(sources: sources)
    let tree = interpolated(root, &interpolator, overrides)
    mistakes.add(interpolator.mistakes.diagnostics)
    refuseUnusedOverrides(overrides, root, interpolator.used, &mistakes)
    var fieldMistakes = YAMLMistakes()
    var file = YAMLRecordDecoder.read(PipelineFile.self, from: tree, &fieldMistakes)
    file?.resolvedSecrets = interpolator.secrets
    mistakes.add(fieldMistakes, except: interpolator.unresolved)
    return Reading(file: mistakes.hasErrors ? nil : file, diagnostics: mistakes.all)
  }

  private static func interpolated(
    _ root: YAMLNode, _ interpolator: inout Interpolator, _ overrides: [VariableOverride]
  ) -> YAMLNode {
    var values: [String: YAMLScalar] = [:]
    for override in overrides { values[override.name] = override.value }
    if let variables = root["vars"] {
      interpolator.define(variables, overrides: values)
    } else {
      interpolator.define(.emptyMapping(at: root.place), overrides: values)
    }
    let entries = (root.entries ?? []).map { entry in
      entry.key == "vars"
        ? entry
        : YAMLEntry(key: entry.key, keyPlace: entry.keyPlace, value: interpolator.interpolate(entry.value))
    }
    return YAMLNode(.mapping(entries), at: root.place)
  }

  /// `--set vars.scema=x` must not pass in silence.
  private static func refuseUnusedOverrides(
    _ overrides: [VariableOverride], _ root: YAMLNode, _ used: Set<String>, _ mistakes: inout YAMLMistakes
  ) {
    let declared = (root["vars"]?.entries ?? []).map(\.key)
    for override in overrides where !declared.contains(override.name) && !used.contains(override.name) {
      mistakes.add(
        override.place, "the file has no variable \(quoted(override.name))",
        suggestion: EditDistance.suggestion(for: override.name, among: declared))
    }
  }
}
