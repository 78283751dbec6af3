package import HostGate
import HostModel

/// Where operators are told.
package struct NotificationTarget: Sendable, Equatable {
  package enum Destination: Sendable, Equatable {
    /// A POST of JSON.
    case webhook(WebhookAddress, headers: [WebhookHeader])
    /// A program by its whole path and its arguments, which no shell sees. JSON comes on its standard input.
    case command(executable: String, arguments: [String])
  }

  /// The operator's name for it.
  package let name: String
  package let destination: Destination
  /// The longest that one attempt may take.
  package var timeout: Duration
  package var ledger: NotificationLedger.Configuration

  package init(
    _ name: String, _ destination: Destination, timeout: Duration = .seconds(10),
    ledger: NotificationLedger.Configuration = .init()
  ) {
    self.name = name
    self.destination = destination
    self.timeout = timeout
    self.ledger = ledger
  }

  /// What its circuit breaker is keyed by: `notify@host:port`, or `notify@command-name`.
  package var dependency: DependencyKey {
    switch destination {
    case .webhook(let address, _): DependencyKey(plugin: Notifier.plugin, endpoint: address.endpoint)
    case .command(let executable, _):
      DependencyKey(plugin: Notifier.plugin, endpoint: executable.split(separator: "/").last.map(String.init) ?? "")
    }
  }
}

extension NotificationTarget.Destination: CustomStringConvertible {
  /// Without anything that may be a secret: an argument may be one too.
  package var description: String {
    switch self {
    case .webhook(let address, _): "webhook \(address.endpoint)"
    case .command(let executable, _): "command \(executable)"
    }
  }
}
