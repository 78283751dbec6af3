import Foundation

/// The program under test, its manifests, and the environment that its processes get.
package enum HeadraceInstallation {
  package struct Missing: Error, CustomStringConvertible {
    package let description: String
  }

  /// `HEADRACE_TEST_BINARY`, or the program that was built with the tests.
  package static func binary() throws -> String {
    if let named = ProcessInfo.processInfo.environment["HEADRACE_TEST_BINARY"] { return named }
    let running = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let beside = URL(fileURLWithPath: running).deletingLastPathComponent().path
    let candidates = [beside, root + "/.build/release", root + "/.build/debug"].map { $0 + "/headrace" }
    if let found = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) { return found }
    throw Missing(description: "no headrace at \(candidates.joined(separator: ", ")): build it, or set HEADRACE_TEST_BINARY")
  }

  /// The checkout: Tests/Support/Integration is three levels below it.
  package static var root: String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().path
  }

  package static var manifests: String { root + "/plugins.d" }

  /// Longer sweeps than a continuous integration run has time for.
  package static var isSoak: Bool { ProcessInfo.processInfo.environment["HEADRACE_SOAK"] == "1" }

  /// Nothing of the caller's environment: what a test does not say, its processes do not see.
  package static func environment(home: String) -> [String: String] {
    [
      "PATH": "/usr/bin:/bin", "HOME": home, "TMPDIR": home, "LC_ALL": "C.UTF-8", "SWIFT_BACKTRACE": "enable=no",
    ]
  }
}
