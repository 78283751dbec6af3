package import HostGate
package import HostLake
package import HostModel
package import HostPluginCalls
package import HostPluginRuntime
package import HostPolicyFile

/// What pipelines run in: the host's parts, composed once for each process.
package struct PipelineHost: Sendable {
  package struct Limits: Sendable {
    /// Splits that are read at the same time.
    package var lines = 2
    /// What a batch aims at.
    package var batchBytes = 1 << 20
    package var batchRows = 65_536
    /// The size of a split that a source is asked for.
    package var splitBytes = 64 << 20
    /// Batches between a reader and its writer: one in hand and one ready keep both busy, more only take memory.
    package var queuedBatches = 2
    /// Data files that one writer has open.
    package var openFiles = 32

    package init() {}
  }

  package var clock: any Clock
  package var lanes: any Lanes
  package var gate: Gate
  package var registry: PluginRegistry
  package var services: PluginServices
  package var lake: Lake
  package var store: any ObjectStore
  package var platformPolicy: PolicySection
  /// The names of the targets of notifications, which policies may name.
  package var targets: [String]
  package var limits: Limits
  /// Where raw batches are queued in emergency mode; nil for nowhere: ingestion waits then.
  package var spool: SpoolPlace?
  /// What a reload has changed since the plan was made.
  package let policies = PolicyBook()
  /// The plugins that a reload has put in the place of those of the plan.
  package let stages = StageBook()
  package var tenant: Tenant

  package init(
    clock: any Clock, lanes: any Lanes, gate: Gate, registry: PluginRegistry, services: PluginServices, lake: Lake,
    store: any ObjectStore, platformPolicy: PolicySection = PolicySection(), targets: [String] = [],
    limits: Limits = Limits(),
    spool: SpoolPlace? = nil, tenant: Tenant = .standard
  ) {
    self.clock = clock
    self.lanes = lanes
    self.gate = gate
    self.registry = registry
    self.services = services
    self.lake = lake
    self.store = store
    self.platformPolicy = platformPolicy
    self.targets = targets
    self.limits = limits
    self.spool = spool
    self.tenant = tenant
  }
}
