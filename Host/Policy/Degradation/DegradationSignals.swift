/// What one evaluation of a scope's level is based on. Measured by the shell, judged by `DegradationRules`.
package struct DegradationSignals: Sendable, Equatable {
  /// The dependencies that the scope uses; none for the platform.
  package var dependencies: [DependencySignal]
  /// The machine and the host process; nil for a pipeline.
  package var machine: MachineSignal?

  package init(dependencies: [DependencySignal] = [], machine: MachineSignal? = nil) {
    self.dependencies = dependencies
    self.machine = machine
  }
}

/// One dependency as a pipeline sees it.
package struct DependencySignal: Sendable, Equatable {
  /// What the calls are for, by class: a language model and a sink mean more than others.
  package enum Role: Sendable, Hashable, CaseIterable {
    case languageModel
    /// What rows are landed through.
    case sink
    case other
  }

  package var name: String
  package var role: Role
  /// Whether calls are refused now, and would be if they came. A breaker that is half-open, or could be as soon as it is
  /// asked, does not count: its tests are calls, and a level that forbids them would last for ever.
  package var isUnavailable: Bool
  /// Of the calls since the last measurements; nil while there were too few.
  package var p95: Duration?
  /// What the percentile usually is.
  package var baseline: Duration?
  /// Calls that `p95` is of.
  package var calls: Int
  /// What one attempt may take; nil if only the caller's deadline counts.
  package var timeout: Duration?

  package init(
    _ name: String, role: Role = .other, isUnavailable: Bool = false, p95: Duration? = nil,
    baseline: Duration? = nil, calls: Int = 0, timeout: Duration? = nil
  ) {
    self.name = name
    self.role = role
    self.isUnavailable = isUnavailable
    self.p95 = p95
    self.baseline = baseline
    self.calls = calls
    self.timeout = timeout
  }
}

extension OperationClass {
  /// What a dependency that is called for this means to the level.
  package var role: DependencySignal.Role {
    switch self {
    case .llmInference: .languageModel
    case .fileUpload: .sink
    case .apiCall, .dbQuery, .cdcEvent: .other
    }
  }
}

/// The machine that the host runs on, and the host itself.
package struct MachineSignal: Sendable, Equatable {
  /// Processor time that other programs use, in percent of all processors.
  package var cpuPercent: Int?
  /// Memory that cannot be had any more, in percent.
  package var memoryPercent: Int?
  /// What is left on the disk of the home.
  package var diskFreeBytes: Int64?
  /// Batches that wait in the durable queue.
  package var queueDepth: Int?
  /// Lanes that calls which never returned have taken, and how many may be lost before new work is refused.
  package var lostLanes = 0
  package var maxLostLanes: Int?

  package init() {}
}
