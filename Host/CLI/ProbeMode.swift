import Glibc
import HostModel
import HostPluginRuntime
import HostSystem

/// What `headrace __probe LIBRARY [confined]` does: it loads a plugin's library, prints what the library says of itself, and ends.
/// The runtime starts it as a child of its own, so that a library that crashes takes nothing else along.
///
/// Returns if the arguments ask for something else.
func runProbeIfAsked(_ arguments: [String]) {
  guard arguments.count >= 3, arguments[1] == PluginProbe.argument else { return }
  let isConfined = arguments.dropFirst(3).first == PluginProbe.confined
  let (output, code) = PluginProbe.run(path: arguments[2]) { () throws(Failure) in
    isConfined ? try confined(arguments[2]) : arguments[2]
  }
  print(output)
  // At once: a plugin's exit handlers have no say in the answer.
  fflush(nil)
  _exit(code)
}

/// Gives up every permission but to read the library's own folder.
///
/// - Returns: where the library can be opened from now on.
private func confined(_ path: String) throws(Failure) -> String {
  let descriptor = open(path, O_RDONLY)
  guard descriptor >= 0 else {
    throw Failure(.environment, "\(path): cannot be opened: \(errorText(errno))", status: .fatal)
  }
  var confinement = Confinement()
  confinement.readable = [Composition.folder(of: path)]
  _ = try confinement.apply(parent: getppid())
  return "/proc/self/fd/\(descriptor)"
}
