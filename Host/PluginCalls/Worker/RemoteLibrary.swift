package import HostModel
import Synchronization

/// A library whose code runs in worker processes, one for each instance.
package final class RemoteLibrary: Sendable {
  let path: String
  let description: PluginDescription
  private let spawner: any WorkerSpawner
  private let request: WorkerRequest
  /// A worker that has loaded the library and waits for an instance.
  private let spare = Mutex<(any WorkerProcess)?>(nil)

  /// - Parameters:
  ///   - executable: this program, which is also the worker.
  ///   - environment: what the worker sees.
  package init(
    path: String, description: PluginDescription, executable: String, environment: [String: String],
    spawner: any WorkerSpawner
  ) {
    self.path = path
    self.description = description
    self.spawner = spawner
    request = WorkerRequest(
      executable: executable, arguments: WorkerSession.arguments(library: path),
      // A crash is told at once; Swift's own report of it takes long, and nobody reads it.
      environment: environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 },
      segmentBytes: WorkerLimits.segmentBytes,
      frameBytes: WorkerLimits.frameBytes)
  }

  /// A worker of one's own: the spare one, and a new one takes its place.
  func take() throws(Failure) -> any WorkerProcess {
    let kept = spare.withLock { worker in
      defer { worker = nil }
      return worker
    }
    let worker: any WorkerProcess
    if let kept { worker = kept } else { worker = try spawner.start(request) }
    // Nobody waits for the next one, so its failure is told by whoever needs it.
    if let next = try? spawner.start(request) {
      let surplus = spare.withLock { kept in
        if kept == nil {
          kept = next
          return nil as (any WorkerProcess)?
        }
        return next
      }
      _ = surplus?.end(patience: .zero)
    }
    return worker
  }

  deinit { _ = spare.withLock { $0 }?.end(patience: .zero) }
}
