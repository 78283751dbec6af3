package import HostGate
import HostHTTP
package import HostModel
package import HostPolicy

/// What a notifier needs of the outside.
package struct NotifierEnvironment: Sendable {
  package var gate: Gate
  package var lanes: any Lanes
  package var clock: any Clock
  package var spawner: any ProcessSpawner
  /// Carries what is for webhooks.
  package var http: any HTTPClient
  /// Different for each run of the host: idempotency keys begin with it. Letters, digits, `-`, `_` and `.`.
  package var runID: String
  /// On whose behalf deliveries are counted.
  package var origin = CallOrigin(
    tenant: .standard, sourceID: SourceID(derivedFrom: Notifier.plugin), pipeline: Notifier.plugin)
  /// Of the breakers and budgets of all targets.
  package var policy = GateConfiguration()
  /// What commands see, and nothing else.
  package var commandEnvironment = ["PATH": "/usr/local/bin:/usr/bin:/bin"]
  /// Notifications that may wait to be looked at. What comes on top is dropped and counted.
  package var inboxLimit = 1000
  /// Told of each delivery that failed, on the notifier's lane. It must not block for long.
  package var report: @Sendable (FailedDelivery) -> Void = { _ in }

  package init(
    gate: Gate, lanes: any Lanes, clock: any Clock, spawner: any ProcessSpawner, runID: String
  ) {
    self.gate = gate
    self.lanes = lanes
    self.clock = clock
    self.spawner = spawner
    http = CurlClient(clock: clock, route: .environment)
    self.runID = runID
  }
}

/// A message that did not arrive; what it told is told later. Holds no secrets.
package struct FailedDelivery: Sendable, CustomStringConvertible {
  package let target: String
  package let dependency: DependencyKey
  package let status: Status
  /// Attempts that were made; 0 if the gate refused the call.
  package let attempts: Int
  package let explanation: String
  /// Notifications that now wait for this target.
  package let waiting: Int

  package var description: String {
    let waiting = waiting == 1 ? "1 notification waits" : "\(waiting) notifications wait"
    return "notification target '\(target)': \(explanation); \(waiting)"
  }
}

/// What became of notifications until now.
package struct NotifierCounts: Sendable, Equatable {
  package struct Target: Sendable, Equatable {
    /// Notifications that a message told which arrived, those that were only counted in it included.
    package var delivered = 0
    /// Suppressed because they repeated what had been told.
    package var repeated = 0
    /// Notifications that were for other targets.
    package var others = 0
    /// Messages that arrived, and deliveries that failed.
    package var messages = 0
    package var failed = 0
    /// Notifications that are neither delivered nor suppressed. After `close` they are lost.
    package var waiting = 0

    package init() {}
  }

  /// Notifications that were taken.
  package var accepted = 0
  /// Not taken: the inbox was full or closed.
  package var dropped = 0
  /// Not taken: they were about the notifier's own dependencies.
  package var ignored = 0
  package var targets: [String: Target] = [:]

  package init() {}
}
