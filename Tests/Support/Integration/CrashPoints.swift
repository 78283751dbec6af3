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

extension CrashPoints {
  /// The durable operations of a run that nobody kills: of three the fewest. A run that was held up makes more commits than
  /// others, whose ends would then lie before many of its points.
  ///
  /// - Parameter run: makes it in this environment, in a state that is the same each time.
  package func operations(log: String, _ run: (_ environment: [String: String]) throws -> Void) throws -> [String] {
    var fewest: [String]?
    for _ in 0..<3 {
      try? FileManager.default.removeItem(atPath: log)
      try run(environment(0, .before, log: log))
      let found = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map(String.init)
      if found.count < fewest?.count ?? .max { fewest = found }
    }
    return fewest ?? []
  }
}

/// Which runs were killed at their point, and which had fewer operations than the run that the points were counted in.
///
/// How many operations a run has differs from run to run and from machine to machine, by how SQLite's pages fall into its
/// log; the last points of a sweep may therefore lie behind the end.
package struct CrashTally {
  package private(set) var killed = 0
  package private(set) var missed: [String] = []

  package init() {}

  package mutating func record(_ end: HeadraceProcess.End, _ label: String) {
    if end == .killed(signal: SIGKILL) { killed += 1 } else { missed.append(label) }
  }

  /// Whether the sweep has done what it is for: at most one run in ten ended before its point.
  package var isComplete: Bool { missed.count * 10 <= killed + missed.count }
}
