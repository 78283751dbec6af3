public import HostModel
package import HostPolicy

/// How a call through the gate ended.
public struct CallResult: Sendable {
  public let status: Status
  /// Attempts that were made; 0 if the call was refused.
  public let attempts: Int
  /// What went wrong; nil if nothing did.
  public let failure: CallFailure?

  @inlinable init(status: Status, attempts: Int, failure: CallFailure? = nil) {
    self.status = status
    self.attempts = attempts
    self.failure = failure
  }

  public var isSuccess: Bool { status == .ok || status == .endOfStream }
}

/// Why a call failed. A class, so that a success costs nothing.
public final class CallFailure: Sendable {
  package let dependency: DependencyKey
  /// The gate's own refusal, if the status is `rejected`.
  package let rejection: RejectionCause?
  /// Why there was no further attempt, if the last one failed.
  package let stop: RetryStop?
  /// The status of the last attempt, if one was made. It differs from the call's if the call was refused, cancelled or
  /// out of time after that attempt.
  package let lastStatus: Status?
  package let lastError: CallError?

  init(
    dependency: DependencyKey, rejection: RejectionCause?, stop: RetryStop?, lastStatus: Status?, lastError: CallError?
  ) {
    self.dependency = dependency
    self.rejection = rejection
    self.stop = stop
    self.lastStatus = lastStatus
    self.lastError = lastError
  }
}
