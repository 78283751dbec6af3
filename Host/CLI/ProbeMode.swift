import Glibc
import HostPluginRuntime

/// What `headrace __probe LIBRARY` does: it loads a plugin's library, prints what the library says of itself, and ends.
/// Returns if the arguments ask for something else.
func runProbeIfAsked(_ arguments: [String]) {
  guard arguments.count == 3, arguments[1] == PluginProbe.argument else { return }
  let (output, error, code) = PluginProbe.run(path: arguments[2])
  Terminal.write(output, to: .output)
  if let error { Terminal.write(error + "\n", to: .error) }
  _exit(code)
}
