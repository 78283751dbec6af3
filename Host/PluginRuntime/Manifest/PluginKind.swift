/// What a plugin can be for a pipeline. A plugin may be several.
package enum PluginKind: String, Sendable, CaseIterable {
  case source, cdc, transform, detector, llm, format, sink
}
