import Glibc
import HostFormats
import HostGate
import HostModel
import HostPipelines
import HostPolicy
import Synchronization

/// Writes the event stream of a run: JSON lines in `HOME/logs/<pipeline>.events.jsonl`, each appended in one write.
final class EventLog: Sendable {
  private let descriptors = Mutex<[Int32]>([])
  private let identity = Mutex<(tenant: Tenant, sourceID: SourceID, pipeline: String)?>(nil)

  /// - Parameter extra: another file that gets every event too.
  func open(_ composition: Composition, origin: CallOrigin, extra: String?) throws(Failure) {
    let folder = composition.home + "/logs"
    try composition.files.createDirectory(folder)
    identity.withLock { $0 = (origin.tenant, origin.sourceID, origin.pipeline) }
    var paths = ["\(folder)/\(origin.pipeline).events.jsonl"]
    if let extra { paths.append(Composition.absolute(extra)) }
    for path in paths {
      let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else {
        throw Failure(.environment, "\(path): cannot be written", advice: "check the folder's permissions")
      }
      descriptors.withLock { $0.append(descriptor) }
    }
  }

  func write(_ event: RunEvent) {
    let bytes = event.json.serialized() + [UInt8(ascii: "\n")]
    descriptors.withLock { descriptors in
      for descriptor in descriptors { _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) } }
    }
  }

  /// What happened at the gate, in the same stream and form.
  func write(_ event: GateEvent) {
    guard let identity = identity.withLock({ $0 }) else { return }
    let origin = event.origin
    write(
      RunEvent(
        event.name, at: event.wallTime, tenant: origin?.tenant ?? identity.tenant,
        sourceID: origin?.sourceID ?? identity.sourceID, pipeline: origin?.pipeline ?? identity.pipeline,
        stream: origin?.stream, details: event.details))
  }
}
