import HostModel
package import HostPolicy

/// What a dependency is to one pipeline. Stays known when the call sites are gone: an instance that is lost is no reason to
/// think that its pipeline no longer needs it.
package struct DependencyUse: Sendable {
  package let scope: LevelScope
  package let feature: Feature
  package let operation: OperationClass
  /// What one attempt may take.
  package let timeout: Duration?

  init(_ site: SiteCore) {
    scope = site.pipeline
    feature = site.terms.feature
    operation = site.operation
    timeout = site.terms.timeout
  }

  package var role: DependencySignal.Role { operation.role }
}
