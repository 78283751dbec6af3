import HostModel
import HostSystem
import Testing

/// The functions of a plugin can be reached through the gate only: this reads the host's sources.
@Suite struct BoundaryTests {
  private func sources(_ folder: String) throws -> [(path: String, text: String)] {
    let files = SystemFiles()
    var found: [(path: String, text: String)] = []
    for name in try files.list(Built.root + "/" + folder) {
      let path = folder + "/" + name
      if try files.info(Built.root + "/" + path)?.kind == .directory {
        found += try sources(path)
      } else if name.hasSuffix(".swift") {
        let text = String(decoding: try files.read(Built.root + "/" + path, limit: 1 << 22), as: UTF8.self)
        found.append((path, text))
      }
    }
    return found
  }

  @Test func onlyTheRuntimeSeesThePluginABI() throws {
    let all = try sources("Host")
    #expect(all.count > 100)
    for (path, text) in all where text.contains("import CHeadrace") {
      #expect(path.hasPrefix("Host/PluginRuntime/"), "\(path) imports CHeadrace")
    }
  }

  @Test func tablesOfFunctionsAreNamedInOneFileAndPrivateToIt() throws {
    let tables = ["entry", "factory", "source", "transform", "detector", "format", "query"].map { "headrace_" + $0 }
    for (path, text) in try sources("Host/PluginRuntime") where !path.hasSuffix("/PluginCalls.swift") {
      let words = Set(text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init))
      for table in tables { #expect(!words.contains(table), "\(path) names \(table)") }
    }
    let calls = try sources("Host/PluginRuntime/Calls").first { $0.path.hasSuffix("/PluginCalls.swift") }
    let lines = (calls?.text ?? "").split(separator: "\n")
    let stored = lines.filter { line in
      line.hasPrefix("  ") && !line.hasPrefix("   ") && tables.contains { line.contains(": \($0)") }
        && (line.contains(" let ") || line.contains(" var ")) && !line.contains(" = ")
    }
    #expect(stored.count >= 6)
    for line in stored {
      #expect(line.contains("fileprivate ") || line.contains("private "), "'\(line)' is visible to other files")
    }
  }
}
