import HostModel
import HostPluginCalls
import HostSystem

/// What `headrace __worker LIBRARY PARENT [confined PERMISSION...]` does: it runs one plugin for the process that started it,
/// until that one is gone.
///
/// Returns if the arguments ask for something else.
func runWorkerIfAsked(_ arguments: [String]) {
  guard arguments.count >= 4, arguments[1] == WorkerSession.argument, let parent = Int32(arguments[3]) else { return }
  var unenforced: [String] = []
  do throws(Failure) {
    let endpoint = try SystemWorkerEndpoint(
      parent: parent, confinement: try confinement(arguments.dropFirst(4)), segmentBytes: WorkerLimits.segmentBytes,
      frameBytes: WorkerLimits.frameBytes, unenforced: &unenforced)
    WorkerSession.run(
      library: arguments[2], endpoint: endpoint, unenforced: unenforced, clock: SystemClock(), lanes: SystemLanes(),
      files: SystemFiles())
  } catch {
    Terminal.line("headrace: \(error)", to: .error)
    Terminal.exit(error.kind.rawValue)
  }
}

private func confinement(_ arguments: ArraySlice<String>) throws(Failure) -> Confinement? {
  guard !arguments.isEmpty else { return nil }
  guard arguments.first == WorkerSession.confined, let read = Confinement(arguments: arguments.dropFirst()) else {
    throw Failure(.invalidInput, "a worker is started by headrace itself")
  }
  return read
}
