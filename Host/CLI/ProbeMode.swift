import Glibc
import HostPluginRuntime

/// What `headrace __probe LIBRARY` does: it loads a plugin's library, prints what the library says of itself, and ends.
/// The runtime starts it as a child of its own, so that a library that crashes takes nothing else along.
///
/// Returns if the arguments ask for something else.
func runProbeIfAsked(_ arguments: [String]) {
  guard arguments.count == 3, arguments[1] == PluginProbe.argument else { return }
  let (output, code) = PluginProbe.run(path: arguments[2])
  print(output)
  // At once: a plugin's exit handlers have no say in the answer.
  fflush(nil)
  _exit(code)
}
