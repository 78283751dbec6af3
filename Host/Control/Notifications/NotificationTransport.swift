import HostModel
import HostPolicy

/// Carries one document to a target, once: no retries, those are the gate's.
protocol NotificationTransport: Sendable {
  /// Blocks for at most about `limit`, or until somebody cancels. No text in the outcome holds anything of the address
  /// but host and port, nor a header, an argument, or what the receiver said.
  ///
  /// - Parameter id: the idempotency key.
  func send(_ body: [UInt8], id: String, within limit: Duration, cancellation: Cancellation) -> CallOutcome
}

extension CallOutcome {
  static func failed(
    _ status: Status, _ message: String, code: String? = nil, retryAfter: Duration? = nil
  ) -> CallOutcome {
    CallOutcome(status, CallError(message, vendorCode: code, retryAfter: retryAfter))
  }
}
