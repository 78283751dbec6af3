package import HostFormats
package import HostModel

/// Something that happened in a run, for the event stream: one JSON object on a line.
package struct RunEvent: Sendable {
  /// What happened, in one word or two: `run_started`, `commit_started`, `breaker`.
  package var name: String
  package var wallTime: WallTime
  package var tenant: Tenant
  package var sourceID: SourceID
  package var pipeline: String
  package var stream: String?
  package var details: JSONObject

  package init(
    _ name: String, at wallTime: WallTime, tenant: Tenant, sourceID: SourceID, pipeline: String, stream: String? = nil,
    details: JSONObject = JSONObject()
  ) {
    self.name = name
    self.wallTime = wallTime
    self.tenant = tenant
    self.sourceID = sourceID
    self.pipeline = pipeline
    self.stream = stream
    self.details = details
  }

  package var json: JSONValue {
    var object: JSONObject = [
      "event": .string(name),
      "at": .string(TimeText.timestamp(microseconds: wallTime.microseconds, zoned: true)),
      "tenant": .string(tenant.name), "source_id": .string(String(sourceID.value)), "pipeline": .string(pipeline),
    ]
    if let stream { object["stream"] = .string(stream) }
    for (key, value) in details { object[key] = value }
    return .object(object)
  }
}
