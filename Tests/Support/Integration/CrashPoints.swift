import Foundation

/// Kills a run before or after its Nth durable operation, by a shim that is loaded before the C library.
package struct CrashPoints {
  package struct Failed: Error, CustomStringConvertible {
    package let description: String
  }

  package enum Side: String, CaseIterable, Sendable { case before, after }

  private let library: String

  /// Compiles `crashpoint.c` into a folder.
  package init(in folder: String) throws {
    library = folder + "/crashpoint.so"
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/crashpoint.c"
    let compiler = ["/usr/bin/cc", "/usr/bin/clang", "/usr/bin/gcc"].first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
    guard let compiler else { throw Failed(description: "no C compiler") }
    let process = try HeadraceProcess(
      compiler, ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, source, "-ldl"], in: folder,
      environment: ["PATH": "/usr/bin:/bin"])
    guard try process.wait() == .exited(0) else { throw Failed(description: process.errors) }
  }

  /// The environment of a run that is killed at an operation; 0 kills nothing.
  package func environment(_ operation: Int, _ side: Side, log: String? = nil) -> [String: String] {
    var environment = ["LD_PRELOAD": library, "CRASHPOINT": "\(operation):\(side.rawValue)"]
    environment["CRASHPOINT_LOG"] = log
    return environment
  }
}
