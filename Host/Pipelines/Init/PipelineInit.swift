import HostFormats
package import HostModel
import HostPluginCalls
import HostPluginRuntime

/// Writes a first pipeline file for what a source has.
package struct PipelineInit {
  private let host: PipelineHost
  private let workingFolder: String

  /// - Parameter workingFolder: where patterns on the command line begin; absolute.
  package init(_ host: PipelineHost, workingFolder: String) {
    self.host = host
    self.workingFolder = workingFolder
  }

  /// Asks the source for its streams, and drafts a file that reads them.
  ///
  /// - Parameters:
  ///   - name: the pipeline's name; nil for one after the source.
  ///   - folder: the absolute folder that the file will lie in: relative paths in it begin there. nil for the working
  ///     folder.
  /// - Throws: what the plugin throws; `notFound` for a source without streams.
  package func draft(
    from source: DraftSource, name: String?, folder: String? = nil
  ) throws(Failure) -> PipelineDraft {
    let streams = try streams(of: source)
    guard !streams.isEmpty else {
      throw Failure(
        .run, "the source has no table that this user may read", advice: "grant SELECT on one", status: .notFound)
    }
    let chosen = name ?? source.name(streams: streams.map(\.name))
    switch source {
    case .files(let pattern):
      let path = relative(pattern, to: folder ?? workingFolder)
      return PipelineDraft(name: chosen, origin: .files(path: path, shown: pattern), streams: streams)
    case .postgres(let dsn):
      return PipelineDraft(name: chosen, origin: .postgres(endpoint: Endpoint.clean(dsn)), streams: streams)
    }
  }

  private func streams(of source: DraftSource) throws(Failure) -> [DiscoveredStream] {
    let discovery = Discovery(host, folder: workingFolder)
    switch source {
    case .files(let pattern): return try discovery.streams("file", config: Self.json("path", pattern), patterns: [])
    case .postgres(let dsn): return try discovery.streams("postgres", config: Self.json("dsn", dsn), patterns: [])
    }
  }

  private static func json(_ key: String, _ value: String) -> String {
    JSONValue.object([key: .string(value)]).text()
  }

  /// The pattern as the file has to say it.
  private func relative(_ pattern: String, to folder: String) -> String {
    guard !pattern.hasPrefix("/"), folder != workingFolder else { return pattern }
    let whole = workingFolder + "/" + pattern
    return whole.hasPrefix(folder + "/") ? String(whole.dropFirst(folder.count + 1)) : whole
  }
}
