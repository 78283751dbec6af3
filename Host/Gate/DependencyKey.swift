/// What a breaker is keyed by: a plugin and the endpoint that it talks to, so that one dead database does not open the
/// breaker of every PostgreSQL pipeline.
package struct DependencyKey: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let plugin: String
  /// A host and port, a bucket, a path; empty for a plugin that talks to nobody. No credentials.
  package let endpoint: String

  package init(plugin: String, endpoint: String = "") {
    self.plugin = plugin
    self.endpoint = endpoint
  }

  package static func < (a: DependencyKey, b: DependencyKey) -> Bool {
    a.plugin == b.plugin ? a.endpoint < b.endpoint : a.plugin < b.plugin
  }

  package var description: String { endpoint.isEmpty ? plugin : "\(plugin)@\(endpoint)" }
}
