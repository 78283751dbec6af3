package import HostModel

/// What a dependency said about its failure. A class, so that an outcome without one costs nothing.
package final class CallError: Sendable {
  /// What happened, for a person; no secrets.
  package let message: String
  /// The dependency's own code: an SQLSTATE, an HTTP code.
  package let vendorCode: String?
  /// How long the dependency wants to be left alone.
  package let retryAfter: Duration?

  package init(_ message: String, vendorCode: String? = nil, retryAfter: Duration? = nil) {
    self.message = message
    self.vendorCode = vendorCode
    self.retryAfter = retryAfter
  }
}

/// How one attempt ended.
package struct CallOutcome: Sendable {
  package let status: Status
  /// Built on failure only.
  package let error: CallError?

  @inlinable package init(_ status: Status, _ error: CallError? = nil) {
    self.status = status
    self.error = error
  }

  @inlinable package static var ok: CallOutcome { CallOutcome(.ok) }
}
