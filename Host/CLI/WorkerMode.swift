import HostPluginCalls
import HostSystem

/// What `headrace __worker LIBRARY PARENT` does: it runs one plugin for the process that started it, until that one is gone.
///
/// Returns if the arguments ask for something else.
func runWorkerIfAsked(_ arguments: [String]) {
  guard arguments.count == 4, arguments[1] == WorkerSession.argument, let parent = Int32(arguments[3]) else { return }
  guard
    let endpoint = SystemWorkerEndpoint(
      parent: parent, segmentBytes: WorkerLimits.segmentBytes, frameBytes: WorkerLimits.frameBytes)
  else {
    Terminal.line("headrace: a worker is started by headrace itself", to: .error)
    Terminal.exit(2)
  }
  WorkerSession.run(
    library: arguments[2], endpoint: endpoint, clock: SystemClock(), lanes: SystemLanes(), files: SystemFiles())
}
