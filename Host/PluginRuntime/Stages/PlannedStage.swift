package import HostFormats
package import HostGate
package import HostModel
package import HostPluginCalls
package import HostPolicyFile
package import HostPolicy

/// A plugin in its place in a pipeline: loaded, with its configuration checked.
package struct PlannedStage: Sendable {
  package var plugin: LoadedPlugin
  /// Where its code runs, and why.
  package var placement: Placement
  package var name: String
  package var kind: PluginKind
  package var configuration: PluginConfiguration
  /// Where the pipeline file names the plugin.
  package var place: SourcePlace
  /// What the plugin talks to, without credentials; empty for one that talks to nobody.
  package var endpoint: String
  package var policy: PolicySection
  package var behaviour: StageBehaviour
  /// What whoever named the plugin has written: the configuration, and where its relative paths begin.
  package var statement: Statement
  /// The library that it was loaded from; nil for one that never was in a store.
  var copy: LibraryStore.Copy?
  /// What it does beside the stage's work; nil is the work.
  package private(set) var aside: Aside?

  /// What says nothing of the stage's work, however it ends.
  package enum Aside: String, Sendable {
    /// The first batch of a plugin that is to take another's place.
    case rehearsal
    /// A source is told what has become durable.
    case ack
  }

  /// The same plugin, for something beside its work.
  package func aside(_ aside: Aside) -> PlannedStage {
    var stage = self
    stage.aside = aside
    return stage
  }

  package struct Statement: Sendable {
    package var config: YAMLNode
    package var baseFolder: String?
  }

  /// The configuration as the plugin gets it.
  package var configText: String { configuration.json.text() }

  /// The operation class whose retry row and deadline the stage's calls follow.
  package var operation: OperationClass { kind.operation }

  /// What is done aside is a dependency of its own: the breaker of the work must not open for it.
  package var dependency: DependencyKey {
    DependencyKey(plugin: aside.map { "\(name) (\($0.rawValue))" } ?? name, endpoint: endpoint)
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
