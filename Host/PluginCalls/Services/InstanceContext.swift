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
  package var feature: Feature
  package var variant: FeatureMode
  package var retry: RetryConfiguration?
  /// The longest that one attempt may take.
  package var timeout: Duration
  package var cancellation: Cancellation
  package var lane: LaneGuard?

  package init(
    dependency: Dependency, origin: CallOrigin, pipeline: LevelScope, operation: OperationClass, feature: Feature,
    variant: FeatureMode, retry: RetryConfiguration? = nil, timeout: Duration = .seconds(300),
    cancellation: Cancellation, lane: LaneGuard? = nil
  ) {
    self.dependency = dependency
    self.origin = origin
    self.pipeline = pipeline
    self.operation = operation
    self.feature = feature
    self.variant = variant
    self.retry = retry
    self.timeout = timeout
    self.cancellation = cancellation
    self.lane = lane
  }
}
