package import HostFormats
import HostModel

/// Where rows come from.
package struct SourceSection: YAMLRecord {
  package static let summary = "A source plugin, its configuration, and the streams to read."

  package var plugin: Placed<String>
  /// For the plugin, by its own schema. May hold secrets.
  package var config: YAMLNode
  /// The first rule that matches a stream is the stream's. Empty: every stream that the source has.
  package var streams: [StreamRule]

  package init(from fields: inout YAMLRecordDecoder) {
    plugin = fields.required("plugin", YAMLType.name("a plugin's name").placed, "The plugin's name in its manifest.")
    config = fields.optional(
      "config", .tree, default: .emptyMapping(at: fields.place), "The plugin's configuration, by its own schema.")
    let rule = YAMLType<StreamRule>.record(or: YAMLType.streamPattern.placed) { name, _ in StreamRule(name) }
    streams = fields.optional(
      "streams", .list(of: rule), default: [], "Streams to read, by name or pattern; all unless stated.")
    fields.reserved("isolation")
    refuseRepeatedNames(&fields)
  }

  private func refuseRepeatedNames(_ fields: inout YAMLRecordDecoder) {
    var firsts: [StreamPattern: SourcePlace] = [:]
    for rule in streams {
      let name = rule.name
      if let first = firsts[name.value] {
        fields.refuse(
          at: name.place, "the stream \(name.shown(name.value.text)) is listed twice, first at line \(first.line)")
      } else {
        firsts[name.value] = name.place
      }
    }
  }

  /// The rule of a stream; nil if no rule matches it, and the stream is not read.
  package func rule(for stream: String) -> StreamRule? {
    if streams.isEmpty { return StreamRule(Placed(.everything, at: plugin.place)) }
    return streams.first { $0.name.value.matches(stream) }
  }
}
