import HostPolicyFile
import Synchronization

/// The policies by which instances are made from now on, by plugin, where they differ from those of the plan. Any thread.
package final class PolicyBook: Sendable {
  private let policies = Mutex<[String: PolicySection]>([:])

  package init() {}

  func policy(of plugin: String) -> PolicySection? { policies.withLock { $0[plugin] } }

  func replace(_ next: [String: PolicySection]) { policies.withLock { $0 = next } }
}
