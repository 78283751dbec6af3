import HostModel

/// What a condition was concluded from, for the operator.
package enum DegradationEvidence: Sendable, Hashable {
  /// These dependencies refuse calls.
  case unavailable([String])
  case slow(dependency: String, p95: Duration, baseline: Duration)
  case nearDeadline(dependency: String, p95: Duration, timeout: Duration)
  case cpu(percent: Int)
  case memory(percent: Int)
  case queue(depth: Int)
  case disk(freeBytes: Int64)
  case lanes(lost: Int, of: Int)
  /// Nothing calls for the level any more.
  case quiet
}

/// A cause that calls for a level, and what shows it.
package struct DegradationCondition: Sendable, Hashable {
  package let cause: DegradationCause
  package let evidence: DegradationEvidence

  package init(_ cause: DegradationCause, _ evidence: DegradationEvidence) {
    self.cause = cause
    self.evidence = evidence
  }
}

/// The edges of the specification's hierarchy, as conditions on measurements. No state: a condition holds now or not.
package enum DegradationRules {
  /// The conditions that hold, at most one for each cause.
  package static func conditions(
    _ signals: DegradationSignals, _ configuration: DegradationConfiguration
  ) -> [DegradationCondition] {
    var all = dependencyConditions(signals.dependencies, configuration)
    if let machine = signals.machine { all += machineConditions(machine, configuration) }
    return all
  }

  private static func dependencyConditions(
    _ dependencies: [DependencySignal], _ configuration: DegradationConfiguration
  ) -> [DegradationCondition] {
    var found: [DegradationCondition] = []
    if let models = allUnavailable(dependencies, .languageModel) {
      found.append(.init(.llmUnavailable, .unavailable(models)))
    }
    if let evidence = dependencies.lazy.compactMap({ latency($0, configuration) }).first {
      found.append(.init(.highLatency, evidence))
    }
    let failing = dependencies.filter(\.isUnavailable).map(\.name)
    if failing.count >= max(1, configuration.failingDependencies) {
      found.append(.init(.multipleFailures, .unavailable(failing)))
    }
    // Rows cannot be landed: the local disk is the only storage left.
    if let sinks = allUnavailable(dependencies, .sink) { found.append(.init(.storageOnly, .unavailable(sinks))) }
    return found
  }

  /// The names of the dependencies of a role if there are any and none of them can be used.
  private static func allUnavailable(_ dependencies: [DependencySignal], _ role: DependencySignal.Role) -> [String]? {
    let own = dependencies.filter { $0.role == role }
    guard !own.isEmpty, own.allSatisfy(\.isUnavailable) else { return nil }
    return own.map(\.name)
  }

  private static func latency(
    _ dependency: DependencySignal, _ configuration: DegradationConfiguration
  ) -> DegradationEvidence? {
    guard let p95 = dependency.p95, dependency.calls >= max(1, configuration.latencyMinimumCalls) else { return nil }
    if let factor = configuration.latencyFactor, let baseline = dependency.baseline, baseline > .zero,
      Double(p95.wholeNanoseconds) > factor * Double(baseline.wholeNanoseconds)
    {
      return .slow(dependency: dependency.name, p95: p95, baseline: baseline)
    }
    if let percent = configuration.latencyDeadlinePercent, let timeout = dependency.timeout,
      Double(p95.wholeNanoseconds) * 100 > Double(percent) * Double(timeout.wholeNanoseconds)
    {
      return .nearDeadline(dependency: dependency.name, p95: p95, timeout: timeout)
    }
    return nil
  }

  private static func machineConditions(
    _ machine: MachineSignal, _ configuration: DegradationConfiguration
  ) -> [DegradationCondition] {
    var found: [DegradationCondition] = []
    if let evidence = exhaustion(machine, configuration) { found.append(.init(.computeExhausted, evidence)) }
    if let most = machine.maxLostLanes, machine.lostLanes > 0, machine.lostLanes >= most {
      found.append(.init(.criticalFailure, .lanes(lost: machine.lostLanes, of: most)))
    } else if let free = machine.diskFreeBytes, free < configuration.diskFreeBytes {
      found.append(.init(.criticalFailure, .disk(freeBytes: free)))
    }
    return found
  }

  private static func exhaustion(
    _ machine: MachineSignal, _ configuration: DegradationConfiguration
  ) -> DegradationEvidence? {
    if let most = configuration.cpuPercent, let cpu = machine.cpuPercent, cpu > most { return .cpu(percent: cpu) }
    if let most = configuration.memoryPercent, let memory = machine.memoryPercent, memory > most {
      return .memory(percent: memory)
    }
    if let most = configuration.queueDepth, let depth = machine.queueDepth, depth > most {
      return .queue(depth: depth)
    }
    return nil
  }
}

extension DegradationCause {
  /// The level that the cause calls for: where its edge in the specification's hierarchy leads.
  package var level: DegradationLevel {
    switch self {
    case .llmUnavailable, .highLatency: .level1
    case .computeExhausted, .multipleFailures: .level2
    case .storageOnly, .criticalFailure: .emergency
    case .recovered, .pinned: .normal
    }
  }
}
