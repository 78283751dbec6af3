package import HostModel
package import HostPolicy

/// How a call through the gate ended.
package struct CallResult: Sendable {
  package let status: Status
  /// Attempts that were made; 0 if the call was refused.
  package let attempts: Int
  /// What went wrong; nil if nothing did.
  package let failure: CallFailure?

  @inlinable package init(status: Status, attempts: Int, failure: CallFailure? = nil) {
    self.status = status
    self.attempts = attempts
    self.failure = failure
  }

  package var isSuccess: Bool { status == .ok || status == .endOfStream }
}

/// Why a call failed. A class, so that a success costs nothing.
package final class CallFailure: Sendable {
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
