import Foundation

/// Runs a Python script beside us: pyiceberg, pyarrow and DuckDB are the readers and writers that nobody here wrote.
///
/// The interpreter is `HEADRACE_TEST_PYTHON`, or that of `.deps/venv` in the package's root.
package enum PythonOracle {
  package struct Failed: Error, CustomStringConvertible {
    package let description: String
  }

  package static var interpreter: String {
    if let named = ProcessInfo.processInfo.environment["HEADRACE_TEST_PYTHON"] { return named }
    // Tests/Support/PythonOracle.swift: the package's root is three levels up.
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return root.path + "/.deps/venv/bin/python"
  }

  /// Runs a script to its end, with `input` on its standard input, and returns its standard output.
  package static func run(_ script: String, input: [UInt8] = [], arguments: [String] = []) throws -> [UInt8] {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // Files and not pipes: neither side can block on the other, whatever the sizes are.
    let files = try ["script.py", "input", "output", "errors"].map { name in
      let file = folder.appendingPathComponent(name)
      try Data(name == "script.py" ? Array(script.utf8) : name == "input" ? input : []).write(to: file)
      return file
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: interpreter)
    process.arguments = [files[0].path] + arguments
    process.standardInput = try FileHandle(forReadingFrom: files[1])
    process.standardOutput = try FileHandle(forWritingTo: files[2])
    process.standardError = try FileHandle(forWritingTo: files[3])
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failed(description: "\(interpreter): " + String(decoding: try Data(contentsOf: files[3]), as: UTF8.self))
    }
    return Array(try Data(contentsOf: files[2]))
  }
}
