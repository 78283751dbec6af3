package import HostFormats
import HostGate
package import HostModel
package import HostPluginCalls
package import HostPluginRuntime
package import HostPolicyFile
package import HostPolicy

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
  package var behaviour: StageBehaviour

  /// The configuration as the plugin gets it.
  var configText: String { configuration.json.text() }

  /// The operation class whose retry row and deadline the stage's calls follow.
  var operation: OperationClass { kind.operation }

  /// What an instance of this stage is made for.
  func context(
    _ host: PipelineHost, origin: CallOrigin, cancellation: Cancellation, lane: LaneGuard?
  ) -> InstanceContext {
    let policy = host.policies.policy(of: name) ?? policy
    return InstanceContext(
      dependency: host.gate.dependency(dependency, policy.gate), origin: origin, pipeline: host.gate.pipeline(origin),
      operation: operation, behaviour: behaviour, tuning: policy.tuning(operation, of: kind),
      cancellation: cancellation, lane: lane)
  }

  var dependency: DependencyKey { DependencyKey(plugin: name, endpoint: endpoint) }
}

extension PolicySection {
  /// What calls of a stage follow beside their dependency's settings. A detector that a level leaves out is skipped; a stage
  /// that rows have to pass waits for its level.
  func tuning(_ operation: OperationClass, of kind: PluginKind) -> CallTuning {
    CallTuning(
      retry: retry(operation), timeout: timeout(operation), breakerWait: breakerWait,
      levelWait: kind == .detector ? .zero : levelWait)
  }
}

extension PluginKind {
  /// The operation class whose retry row and deadline calls of this kind follow.
  package var operation: OperationClass {
    switch self {
    case .source: .dbQuery
    case .cdc: .cdcEvent
    case .llm: .llmInference
    case .format, .sink: .fileUpload
    case .transform, .detector: .apiCall
    }
  }

  /// The cell of the degradation matrix that a stage of this kind implements, unless its manifest states another.
  package var behaviour: StageBehaviour {
    switch self {
    // Reading goes on at every level; what is read is written at all but the last, where it is only queued.
    case .source, .cdc: StageBehaviour(.dataIngestion, .buffer)
    case .format, .sink: StageBehaviour(.dataIngestion, .passThrough)
    case .transform: StageBehaviour(.transformations, .predefinedSQL)
    case .detector: StageBehaviour(.anomalyDetection, .statisticalOnly)
    case .llm: StageBehaviour(.transformations, .naturalLanguageToSQL)
    }
  }
}

extension PluginManifest {
  /// What a stage of this plugin does by the degradation matrix.
  package func behaviour(as kind: PluginKind) -> StageBehaviour {
    guard kind == .detector, let variant else { return kind.behaviour }
    return StageBehaviour(.anomalyDetection, variant.mode)
  }
}
