package import HostFormats
import HostGate
package import HostModel
package import HostPluginCalls
import HostPluginRuntime
import HostPolicyFile

/// Asks a source for its streams without a pipeline file.
package struct Discovery {
  private let host: PipelineHost
  private let folder: String

  /// - Parameter folder: where relative paths in the configuration begin.
  package init(_ host: PipelineHost, folder: String) {
    self.host = host
    self.folder = folder
  }

  /// - Parameter config: JSON, which is also YAML; mistakes are told with their place in it.
  package func streams(
    _ plugin: String, config: String, patterns: [String]
  ) throws(Failure) -> [DiscoveredStream] {
    let document = YAMLDocument.parse(config, file: "--config")
    guard let tree = document.root, document.diagnostics.isEmpty else { throw .invalid(document.diagnostics) }
    let cancellation = Cancellation()
    let planner = Planner(host, baseFolder: folder, cancellation: cancellation)
    let place = SourcePlace(file: "discover", line: 0, column: 0)
    let stage = try planner.stage(plugin: Placed(plugin, at: place), .source, config: tree, policy: PolicySection())
    let origin = CallOrigin(tenant: host.tenant, sourceID: SourceID(derivedFrom: "discover"), pipeline: "discover")
    let source = try SourceInstance(
      stage.plugin, config: stage.configText,
      context: stage.context(host, origin: origin, cancellation: cancellation, lane: nil), host: host.services)
    return try source.discover(patterns)
  }

  package static func text(_ stream: DiscoveredStream) -> String {
    var lines = [stream.name]
    lines += stream.schema.fields.map { "  \($0.name): \($0.type)\($0.isNullable ? "" : ", not null")" }
    if !stream.key.isEmpty { lines.append("  key: \(stream.key.joined(separator: ", "))") }
    if !stream.cursors.isEmpty { lines.append("  cursors: \(stream.cursors.joined(separator: ", "))") }
    if let rows = stream.estimatedRows { lines.append("  about \(rows) rows") }
    lines += stream.notes.map { "  note: \($0)" }
    return lines.joined(separator: "\n") + "\n"
  }

  package static func json(_ stream: DiscoveredStream) -> JSONValue {
    .object([
      "name": .string(stream.name),
      "columns": .array(
        stream.schema.fields.map {
          .object(["name": .string($0.name), "type": .string("\($0.type)"), "nullable": .bool($0.isNullable)])
        }),
      "key": .array(stream.key.map { .string($0) }), "cursors": .array(stream.cursors.map { .string($0) }),
      "estimated_rows": stream.estimatedRows.map { .string(String($0)) } ?? .null,
      "files": .bool(stream.isMadeOfFiles), "notes": .array(stream.notes.map { .string($0) }),
    ])
  }
}
