import Glibc
import HostModel
import HostSystem

/// A folder that is gone after the test.
final class Folder: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/headrace-test-XXXXXX".utf8CString)
    path = mkdtemp(&template).map { String(cString: $0) } ?? "/nowhere"
  }

  deinit { _ = try? SystemSpawner().run(ProcessRequest(executable: "/bin/rm", arguments: ["-rf", path])) }
}
