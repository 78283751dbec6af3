package import HostFormats
import HostGate
package import HostModel
package import HostPluginCalls
package import HostPluginRuntime
import HostPolicy

/// A plugin in its place in a pipeline: loaded, with its configuration checked.
package struct PlannedStage: Sendable {
  package var plugin: LoadedPlugin
  package var name: String
  package var kind: PluginKind
  package var configuration: PluginConfiguration
  /// Where the pipeline file names the plugin.
  package var place: SourcePlace
  /// What the plugin talks to, without credentials; empty for one that talks to nobody.
  package var endpoint: String
  package var policy: PolicySection

  /// The configuration as the plugin gets it.
  var configText: String { configuration.json.text() }

  /// The operation class whose retry row and deadline calls of this kind follow.
  var operation: OperationClass {
    switch kind {
    case .source: .dbQuery
    case .cdc: .cdcEvent
    case .llm: .llmInference
    case .format, .sink: .fileUpload
    case .transform, .detector: .apiCall
    }
  }

  /// The row and the cell of the degradation matrix that the stage implements.
  private var feature: (Feature, FeatureMode) {
    switch kind {
    // Reading goes on at every level; what is read is written at all but the last, where it is only queued.
    case .source, .cdc: (.dataIngestion, .buffer)
    case .format, .sink: (.dataIngestion, .passThrough)
    case .transform: (.transformations, .predefinedSQL)
    case .detector: (.anomalyDetection, .statisticalOnly)
    case .llm: (.transformations, .naturalLanguageToSQL)
    }
  }

  /// What an instance of this stage is made for.
  func context(
    _ host: PipelineHost, origin: CallOrigin, cancellation: Cancellation, lane: LaneGuard?
  ) -> InstanceContext {
    let dependency = host.gate.dependency(DependencyKey(plugin: name, endpoint: endpoint), policy.gate)
    return InstanceContext(
      dependency: dependency, origin: origin, pipeline: host.gate.pipeline(origin), operation: operation,
      feature: feature.0, variant: feature.1, retry: policy.retry(operation), timeout: policy.timeout(operation),
      cancellation: cancellation, lane: lane)
  }
}
