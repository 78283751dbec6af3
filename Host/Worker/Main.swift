import Glibc
import HostModel
import HostPluginCalls
import HostSystem

/// `headrace-worker LIBRARY PARENT free|confined`: runs one plugin for the process that started it, until that one is gone. What a
/// confined one may do it reads on its standard input.
///
/// `headrace-worker check LIBRARY PARENT`: tries one clause of the checker, which it reads on its standard input with what it may do.
///
/// A program of its own because it has to start in milliseconds, again and again: what the host links for its own work, Foundation
/// above all, would take three times as long to load as everything that is needed here.
@main
enum Worker {
  static func main() {
    do throws(Failure) { try run(CommandLine.arguments) } catch {
      let told = Array("headrace-worker: \(error)\n".utf8)
      _ = write(STDERR_FILENO, told, told.count)
      exit(error.kind.rawValue)
    }
  }

  private static func run(_ arguments: [String]) throws(Failure) {
    if arguments.count == 4, arguments[1] == CheckSession.argument { try check(arguments[2], parent: arguments[3]) }
    guard arguments.count == 4, let parent = Int32(arguments[2]) else { throw notForPeople }
    var unenforced: [String] = []
    let confinement = try confinement(arguments[3])
    let endpoint = try SystemWorkerEndpoint(
      parent: parent, confinement: confinement, segmentBytes: WorkerLimits.segmentBytes,
      frameBytes: WorkerLimits.frameBytes, unenforced: &unenforced)
    WorkerSession.run(
      library: arguments[1], endpoint: endpoint, unenforced: unenforced, isStrict: confinement?.isStrict ?? false,
      clock: SystemClock(), lanes: SystemLanes(), files: SystemFiles())
  }

  private static func check(_ library: String, parent: String) throws(Failure) -> Never {
    guard let parent = Int32(parent), let request = CheckRequest(json: standardInput()) else { throw notForPeople }
    let streams = CheckSession.takeStreams()
    // Opened now: whom the process becomes may not find it by its path.
    let descriptor = open(library, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw Failure(.environment, "\(library): cannot be opened: \(String(cString: strerror(errno)))")
    }
    let prepared = Result { () throws(Failure) in
      guard let confinement = request.confinement else { return [String]() }
      let unenforced = try confinement.apply(parent: parent)
      try Confinement.accept(unenforced, isStrict: confinement.isStrict)
      return unenforced
    }
    CheckSession.run(
      library: "/proc/self/fd/\(descriptor)", request, streams, prepared: prepared,
      clock: SystemClock())
  }

  /// Nil for a worker that may do what its parent may.
  private static func confinement(_ kind: String) throws(Failure) -> Confinement? {
    if kind == WorkerSession.free { return nil }
    guard kind == WorkerSession.confined, let read = Confinement(bytes: standardInput()) else { throw notForPeople }
    return read
  }

  private static func standardInput() -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
    while case let count = read(STDIN_FILENO, &chunk, chunk.count), count > 0 { bytes += chunk[..<count] }
    return bytes
  }

  private static var notForPeople: Failure {
    Failure(.invalidInput, "a worker is started by headrace itself", advice: "run 'headrace --help'")
  }
}
