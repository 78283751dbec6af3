package import HostModel

/// On whose behalf calls are made.
package struct CallOrigin: Sendable, Hashable {
  package let tenant: Tenant
  package let sourceID: SourceID
  package let pipeline: String
  package let stream: String?

  package init(tenant: Tenant, sourceID: SourceID, pipeline: String, stream: String? = nil) {
    self.tenant = tenant
    self.sourceID = sourceID
    self.pipeline = pipeline
    self.stream = stream
  }
}
