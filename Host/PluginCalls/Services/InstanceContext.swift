package import HostGate
package import HostModel
package import HostPolicy

/// What an instance is made for: on whose behalf it is called, under which policy, and with which services.
package struct InstanceContext: Sendable {
  package var dependency: Dependency
  package var origin: CallOrigin
  /// The level of the pipeline, beside the platform's.
  package var pipeline: LevelScope
  package var operation: OperationClass
  package var behaviour: StageBehaviour
  package var retry: RetryConfiguration?
  /// The longest that one attempt may take.
  package var timeout: Duration
  /// How long a call waits for an open breaker, and for a level at which it is made.
  package var breakerWait: Duration
  package var levelWait: Duration
  package var cancellation: Cancellation
  package var lane: LaneGuard?

  package init(
    dependency: Dependency, origin: CallOrigin, pipeline: LevelScope, operation: OperationClass,
    behaviour: StageBehaviour, retry: RetryConfiguration? = nil, timeout: Duration = .seconds(300),
    breakerWait: Duration = .zero, levelWait: Duration = .zero, cancellation: Cancellation, lane: LaneGuard? = nil
  ) {
    self.dependency = dependency
    self.origin = origin
    self.pipeline = pipeline
    self.operation = operation
    self.behaviour = behaviour
    self.retry = retry
    self.timeout = timeout
    self.breakerWait = breakerWait
    self.levelWait = levelWait
    self.cancellation = cancellation
    self.lane = lane
  }
}
