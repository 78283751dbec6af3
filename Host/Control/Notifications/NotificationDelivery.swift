import HostFormats
import HostGate
import HostModel
import HostPolicy

/// One target behind the gate.
final class NotificationDelivery: Sendable {
  let target: NotificationTarget
  private let transport: any NotificationTransport
  private let site: CallSite
  private let clock: any Clock

  init(_ target: NotificationTarget, _ environment: NotifierEnvironment) {
    self.target = target
    clock = environment.clock
    let gate = environment.gate
    // A person is told at every level, most of all in an emergency, and for all pipelines. The row and the cell of the
    // matrix that say so: where the platform no longer heals itself, somebody else has to know.
    site = CallSite(
      gate.dependency(target.dependency, environment.policy), operation: .apiCall, feature: .selfHealing,
      variant: .disabled, isIdempotent: true, origin: environment.origin, pipeline: gate.platform,
      timeout: target.timeout)
    switch target.destination {
    case .webhook(let address, let headers):
      transport = WebhookTransport(address: address, headers: headers, client: environment.http)
    case .command(let executable, let arguments):
      transport = CommandTransport(
        executable: executable, arguments: arguments, environment: environment.commandEnvironment,
        spawner: environment.spawner)
    }
  }

  /// The longest that a delivery may take, attempts and pauses together: a receiver that wants a longer pause gets its
  /// message later, by the ledger.
  var limit: Duration { target.timeout * site.terms.retry.maxRetries + .seconds(30) }

  /// Blocks until the message has arrived, or has not.
  /// - Parameter id: the same for all attempts, so that a receiver can tell a repetition from a second message.
  func deliver(_ message: NotificationMessage, id: String, until deadline: Instant, _ cancellation: Cancellation)
    -> CallResult
  {
    let body = message.json(id: id).serialized()
    return site.perform(deadline: deadline, cancellation: cancellation) { attempt in
      let left = attempt.deadline.duration(since: clock.now())
      return transport.send(body, id: id, within: left, cancellation: cancellation)
    }
  }
}

extension CallResult {
  /// Why a delivery failed, for the log. Without secrets, since no outcome of a transport has any.
  var explanation: String {
    var parts: [String] = []
    if let rejection = failure?.rejection {
      parts.append("refused by the gate (\(rejection.kind.name))")
    } else {
      parts.append(failure?.lastError?.message ?? status.name)
    }
    if let code = failure?.lastError?.vendorCode { parts.append("[\(code)]") }
    if attempts > 1 { parts.append("(\(attempts) attempts)") }
    return parts.joined(separator: " ")
  }
}
