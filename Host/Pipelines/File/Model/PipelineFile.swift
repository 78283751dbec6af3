package import HostFormats
package import HostModel
package import HostPolicyFile

/// A pipeline file, version 1, after interpolation, with defaults filled in.
package struct PipelineFile: YAMLRecord {
  package static let summary = "A pipeline: what is read, what is done with it, and where it is kept."

  package var name: String
  /// Stated, or derived from the name. Metadata is sharded and tables are bucketed by it.
  package var sourceID: SourceID
  /// As text; `${var:NAME}` uses them.
  package var variables: [String: YAMLNode]
  package var source: SourceSection
  package var transforms: [TransformSection]
  package var detectors: [DetectorSection]
  package var destination: DestinationSection
  package var schema: SchemaContract
  package var onError: ErrorRule
  package var policy: PolicySection
  /// What `${env:}` and `${file:}` stood for, each by itself: a part of a text is no less secret than the whole.
  var resolvedSecrets: [String] = []

  package init(from fields: inout YAMLRecordDecoder) {
    _ = fields.required("version", .integer(1...1), "The version of this file's format: 1.")
    name = fields.required("pipeline", .name("a name"), "The pipeline's name. Positions are kept under it.")
    let stated = fields.optional(
      "source_id", .integer(0 ... .max),
      "The number that shards and buckets go by; derived from the name unless stated.")
    sourceID = stated.map { SourceID($0) } ?? SourceID(derivedFrom: name)
    variables = fields.optional(
      "vars", .dictionary(of: .scalar, keys: "variables"), default: [:], "Values for ${var:NAME}.")
    source = fields.required("source", .record, "Where rows come from.")
    transforms = fields.optional(
      "transforms", .list(of: .record, atMost: 100), default: [], "What is done with rows, in this order.")
    detectors = fields.optional(
      "detectors", .list(of: .record, atMost: 100), default: [], "What watches rows and reports findings.")
    destination = fields.required("destination", .record, "Where rows are kept.")
    schema = fields.optional(
      "schema", .record, default: SchemaContract(), "What happens when the source's schema changes.")
    onError = fields.optional("on_error", .record, default: ErrorRule(), "What happens with wrong records.")
    policy = fields.optional("policy", .record, default: PolicySection(), "How calls are protected.")
    fields.reserved("schedule", "tests", "environments", "isolation", "quality", "mapping", "healing")
    checkTogether(&fields)
  }

  /// The JSON Schema of the file.
  package static var jsonSchema: JSONValue {
    YAMLSchemaDocument.of(PipelineFile.self, title: "Headrace pipeline", id: "headrace:pipeline:1")
  }
}
