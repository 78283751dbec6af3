public import HostModel

/// What a dependency said about its failure. A class, so that an outcome without one costs nothing.
public final class CallError: Sendable {
  /// What happened, for a person; no secrets.
  public let message: String
  /// The dependency's own code: an SQLSTATE, an HTTP code.
  public let vendorCode: String?
  /// How long the dependency wants to be left alone.
  public let retryAfter: Duration?
  /// What else is known of it, for a program; no secrets.
  public let details: [FailureDetail]

  public init(
    _ message: String, vendorCode: String? = nil, retryAfter: Duration? = nil, details: [FailureDetail] = []
  ) {
    self.message = message
    self.vendorCode = vendorCode
    self.retryAfter = retryAfter
    self.details = details
  }

  /// What a failure tells, with all of its details.
  public convenience init(_ failure: Failure) {
    self.init(failure.message, details: failure.details)
  }
}

/// How one attempt ended.
///
/// Public, as is all that the gate's fast path passes through: only then do other modules inline it.
public struct CallOutcome: Sendable {
  public let status: Status
  /// Built on failure only.
  public let error: CallError?

  @inlinable public init(_ status: Status, _ error: CallError? = nil) {
    self.status = status
    self.error = error
  }

  @inlinable public static var ok: CallOutcome { CallOutcome(.ok) }
}
