package import HostModel
import Synchronization

/// How the workers of a library are confined.
package enum WorkerConfinement: Sendable {
  /// They may do what the host may: for libraries that are trusted.
  case none
  case same(Confinement)
  /// Permissions name settings of the instance.
  case byConfiguration(@Sendable (_ config: String) throws(Failure) -> Confinement)
}

/// A library whose code runs in worker processes, one for each instance.
package final class RemoteLibrary: Sendable {
  let path: String
  let description: PluginDescription
  private let worker: String
  private let environment: [String: String]
  let confinement: WorkerConfinement
  private let spawner: any WorkerSpawner
  /// What keeps the file where it is: workers are started from it again and again.
  private let use: (any FileLock)?
  /// A worker that has loaded the library and waits for an instance.
  private let spare = Mutex<(any WorkerProcess)?>(nil)
  private let isTold = Mutex(false)

  /// - Parameters:
  ///   - worker: the path of the worker's program.
  ///   - environment: what the worker sees.
  ///   - use: is held as long as workers may be started.
  package init(
    path: String, description: PluginDescription, worker: String, environment: [String: String],
    confinement: WorkerConfinement, spawner: any WorkerSpawner, use: (any FileLock)? = nil
  ) {
    self.path = path
    self.use = use
    self.description = description
    self.worker = worker
    // A crash is told at once; Swift's own report of it takes long, and nobody reads it.
    self.environment = environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
    self.confinement = confinement
    self.spawner = spawner
  }

  /// A worker of one's own: the spare one, and a new one takes its place.
  ///
  /// - Parameter config: the instance's. A worker whose confinement depends on it cannot be kept in store.
  func take(_ config: String) throws(Failure) -> any WorkerProcess {
    switch confinement {
    case .none: return try takeOne(request(nil))
    case .same(let confinement): return try takeOne(request(confinement))
    case .byConfiguration(let confinement): return try spawner.start(request(try confinement(config)))
    }
  }

  func makeMonitor() -> any Monitor { spawner.makeMonitor() }

  /// Whether what the kernel does not enforce is still to be told. Every instance of the library would say the same.
  func isFirstToTell() -> Bool {
    isTold.withLock { isTold in
      defer { isTold = true }
      return !isTold
    }
  }

  private func takeOne(_ request: WorkerRequest) throws(Failure) -> any WorkerProcess {
    let kept = spare.withLock { worker in
      defer { worker = nil }
      return worker
    }
    let worker: any WorkerProcess
    if let kept { worker = kept } else { worker = try spawner.start(request) }
    // Nobody waits for the next one, so its failure is told by whoever needs it.
    if let next = try? spawner.start(request) { keep(next) }
    return worker
  }

  private func keep(_ worker: any WorkerProcess) {
    let surplus = spare.withLock { kept in
      if kept != nil { return worker as (any WorkerProcess)? }
      kept = worker
      return nil
    }
    _ = surplus?.end(patience: .zero)
  }

  private func request(_ confinement: Confinement?) -> WorkerRequest {
    WorkerRequest(
      executable: worker, arguments: WorkerSession.arguments(library: path, isConfined: confinement != nil),
      environment: environment, input: confinement?.bytes ?? [], file: path, segmentBytes: WorkerLimits.segmentBytes,
      frameBytes: WorkerLimits.frameBytes)
  }

  deinit { _ = spare.withLock { $0 }?.end(patience: .zero) }
}
