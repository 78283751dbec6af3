package import HostModel

/// The `config` of a plugin, checked against the plugin's own schema and ready to be handed over.
package struct PluginConfiguration: Sendable {
  /// For the plugin, secrets and defaults included. Never printed.
  package let json: JSONValue
  /// For people: secrets are `"***"`.
  package let redacted: JSONValue

  /// Checks a tree against a schema.
  ///
  /// A scalar made from `${...}` has no type of its own: a password of digits is text where the schema wants text, and
  /// a quoted `"${env:PORT}"` is a number where it wants a number.
  /// - Parameters:
  ///   - tree: the manifest's `config` below the pipeline's (`YAMLNode.merged(over:)`).
  ///   - schema: the plugin's.
  /// - Returns: nil if there is any mistake.
  package static func checked(
    _ tree: YAMLNode, against schema: JSONSchema
  ) -> (configuration: PluginConfiguration?, diagnostics: [Diagnostic]) {
    var mistakes = YAMLMistakes()
    let fitted = fitted(tree, schema)
    let json = fitted.json(&mistakes)
    if !mistakes.hasErrors {
      for violation in schema.violations(of: json) { mistakes.add(diagnostic(violation, fitted)) }
    }
    guard !mistakes.hasErrors else { return (nil, mistakes.all) }
    let redacted = schema.fillingDefaults(fitted.redacted)
    return (PluginConfiguration(json: schema.fillingDefaults(json), redacted: redacted), [])
  }

  private static func diagnostic(_ violation: JSONSchema.Violation, _ tree: YAMLNode) -> Diagnostic {
    let path = violation.path.description
    let isKey = violation.subject == .key || path.isEmpty
    let isSecret = tree.node(at: violation.path)?.scalar?.isSecret == true
    return Diagnostic(
      at: tree.place(of: violation), isKey ? violation.message : "\(path): \(violation.message)",
      suggestion: isSecret ? nil : violation.suggestion)
  }

  /// The tree with each interpolated scalar of a wrong type read the other way, as text or as what the text says.
  private static func fitted(_ tree: YAMLNode, _ schema: JSONSchema) -> YAMLNode {
    var ignored = YAMLMistakes()
    var tree = tree
    // One pass mends every scalar that can be mended; a second sees what an alternative of the schema hid.
    for _ in 0..<2 {
      let wrong = schema.violations(of: tree.json(&ignored)).filter { !$0.expectedTypes.isEmpty }
      let places = wrong.compactMap { violation -> SourcePlace? in
        guard let node = tree.node(at: violation.path), node.scalar?.isInterpolated == true else { return nil }
        return node.place
      }
      guard !places.isEmpty else { break }
      let changed = Set(places)
      tree = tree.mappingScalars { scalar, place in
        scalar.isInterpolated && changed.contains(place) ? scalar.readTheOtherWay : scalar
      }
    }
    return tree
  }
}

extension YAMLScalar {
  fileprivate var readTheOtherWay: YAMLScalar {
    var copy = self
    if case .string = value { copy.value = Self.resolve(text) } else { copy.value = .string(text) }
    return copy
  }
}
