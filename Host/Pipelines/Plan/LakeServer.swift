package import HostGate
import HostModel
import HostPolicy
import HostPolicyFile

/// The servers that a lake consists of, as dependencies at the gate.
package enum LakeServer: Sendable, CaseIterable {
  case catalog, objects

  package var key: DependencyKey {
    switch self {
    case .catalog: .catalog("lake")
    case .objects: .objects("lake")
    }
  }

  private var operation: OperationClass {
    switch self {
    case .catalog: .dbQuery
    case .objects: .fileUpload
    }
  }

  /// What the platform file says of the server itself, over what it says of all calls.
  private func policy(_ settings: PlatformSettings) -> PolicySection {
    switch self {
    case .catalog: settings.catalog.policy.over(settings.policy)
    case .objects: settings.objects.policy.over(settings.policy)
    }
  }

  package func calls(_ gate: Gate, _ settings: PlatformSettings) -> ServerCalls {
    let policy = policy(settings)
    return ServerCalls(
      gate, key, operation: operation, configuration: policy.gate, tuning: policy.serverTuning(operation))
  }

  /// Lets the server's dependency go on by what the platform file says now.
  func reconfigure(_ gate: Gate, _ settings: PlatformSettings) {
    let policy = policy(settings)
    gate.reconfigure(key, policy.gate, pipeline: gate.platform) { policy.serverTuning($0) }
  }
}

extension PolicySection {
  fileprivate func serverTuning(_ operation: OperationClass) -> CallTuning {
    CallTuning(
      retry: retry(operation), timeout: timeout(operation), breakerWait: breakerWait, levelWait: levelWait)
  }
}
