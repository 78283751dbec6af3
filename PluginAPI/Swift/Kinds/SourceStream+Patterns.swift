extension [SourceStream] {
  /// What `discover` returns of a source that knows all its streams: those whose names match one of the patterns, or
  /// all if there is no pattern. Throws `notFound` for a pattern without `*` that matches nothing.
  public func matching(_ patterns: [String]) throws(PluginError) -> [SourceStream] {
    for pattern in patterns where !pattern.contains("*") && !contains(where: { $0.name == pattern }) {
      let names = prefix(20).map { "'\($0.name)'" }.joined(separator: ", ")
      throw PluginError(.notFound, "there is no stream '\(pattern)'; the streams are \(names)")
    }
    return patterns.isEmpty ? self : filter { stream in patterns.contains { Glob.matches($0, stream.name) } }
  }
}
