import Glibc
import HostModel
import HostPluginRuntime
import HostSystem

/// What `headrace __probe LIBRARY [confined | strictly]` does: it loads a plugin's library, prints what the library says of itself, and ends.
/// The runtime starts it as a child of its own, so that a library that crashes takes nothing else along.
///
/// Returns if the arguments ask for something else.
func runProbeIfAsked(_ arguments: [String]) {
  guard arguments.count >= 3, arguments[1] == PluginProbe.argument else { return }
  let confining = arguments.dropFirst(3).first.flatMap(PluginProbe.Confining.init)
  let (output, code) = PluginProbe.run(path: arguments[2]) { () throws(Failure) in
    try confining.map { (way) throws(Failure) in try confined(arguments[2], way) } ?? arguments[2]
  }
  print(output)
  // At once: a plugin's exit handlers have no say in the answer.
  fflush(nil)
  _exit(code)
}

/// Gives up every permission but to read the library's own folder.
///
/// - Returns: where the library can be opened from now on.
private func confined(_ path: String, _ way: PluginProbe.Confining) throws(Failure) -> String {
  let descriptor = open(path, O_RDONLY)
  guard descriptor >= 0 else {
    throw Failure(.environment, "\(path): cannot be opened: \(errorText(errno))", status: .fatal)
  }
  var confinement = Confinement()
  confinement.readable = [PathText.folder(of: path)]
  try Confinement.accept(try confinement.apply(parent: getppid()), isStrict: way == .strictly)
  return "/proc/self/fd/\(descriptor)"
}
