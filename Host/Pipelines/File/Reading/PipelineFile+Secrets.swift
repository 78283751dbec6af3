import HostFormats

extension PipelineFile {
  /// Everything that came from the environment or from files: what no log, error or event may show.
  package var secrets: [String] {
    let configurations = [source.config] + transforms.map(\.config) + detectors.map(\.config)
    return configurations.flatMap(\.secrets) + variables.values.flatMap(\.secrets) + resolvedSecrets
  }
}

extension YAMLNode {
  var secrets: [String] {
    switch content {
    case .scalar(let scalar): scalar.isSecret ? [scalar.text] : []
    case .sequence(let items): items.flatMap(\.secrets)
    case .mapping(let entries): entries.flatMap(\.value.secrets)
    }
  }
}
