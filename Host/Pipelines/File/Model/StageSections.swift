package import HostFormats

/// Something that is done with rows.
package struct TransformSection: YAMLRecord {
  package enum Scope: String, Sendable, CaseIterable {
    /// Each batch by itself.
    case batch
    /// A committed snapshot of a whole table, which is replaced by the answer.
    case table
  }

  package static let summary = "A transform plugin and the streams that pass through it."

  package var plugin: Placed<String>
  package var scope: Scope
  /// Empty: all streams.
  package var streams: [Placed<StreamPattern>]
  package var config: YAMLNode

  package init(from fields: inout YAMLRecordDecoder) {
    plugin = fields.required("plugin", YAMLType.name("a plugin's name").placed, "The plugin's name in its manifest.")
    scope = fields.optional(
      "scope", .choice(of: Scope.allCases, default: .batch, reserved: [.table]), default: .batch,
      "batch: each batch by itself.")
    streams = fields.optional(
      "streams", .oneOrMore(YAMLType.streamPattern.placed), default: [], "The streams that pass; all unless stated.")
    config = fields.optional(
      "config", .tree, default: .emptyMapping(at: fields.place), "The plugin's configuration, by its own schema.")
    fields.reserved("isolation")
    checkQuery(&fields)
  }

  /// The early form of a check that the plugin makes with DuckDB's own planner.
  private func checkQuery(_ fields: inout YAMLRecordDecoder) {
    guard plugin.value == "sql", scope == .batch, let query = config["query"], let scalar = query.scalar else { return }
    guard let problem = BatchQueryRule.firstProblem(in: scalar.text) else { return }
    guard !scalar.isSecret else {
      return fields.refuse(at: query.place, "the query that is not shown cannot be run batch by batch")
    }
    fields.refuse(
      at: scalar.place(ofOffset: problem.offset, from: query.place), problem.message, suggestion: problem.suggestion)
  }

  package func takes(_ stream: String) -> Bool {
    streams.isEmpty || streams.contains { $0.value.matches(stream) }
  }
}

/// Something that watches rows and reports findings.
package struct DetectorSection: YAMLRecord {
  package static let summary = "A detector plugin and the streams that it watches."

  package var plugin: Placed<String>
  /// Empty: all streams.
  package var streams: [Placed<StreamPattern>]
  package var config: YAMLNode

  package init(from fields: inout YAMLRecordDecoder) {
    plugin = fields.required("plugin", YAMLType.name("a plugin's name").placed, "The plugin's name in its manifest.")
    streams = fields.optional(
      "streams", .oneOrMore(YAMLType.streamPattern.placed), default: [], "The streams it watches; all unless stated.")
    config = fields.optional(
      "config", .tree, default: .emptyMapping(at: fields.place), "The plugin's configuration, by its own schema.")
    fields.reserved("isolation")
  }

  package func takes(_ stream: String) -> Bool {
    streams.isEmpty || streams.contains { $0.value.matches(stream) }
  }
}
