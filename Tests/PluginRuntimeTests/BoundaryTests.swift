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

  private static let calls = "Host/PluginCalls/"

  @Test func onlyTheModuleOfCallsSeesThePluginABI() throws {
    let all = try sources("Host")
    #expect(all.count > 100)
    for (path, text) in all where text.contains("import CHeadrace") {
      #expect(path.hasPrefix(Self.calls), "\(path) imports CHeadrace")
    }
  }

  @Test func tablesOfFunctionsAreKeptInsideTheModuleOfCalls() throws {
    let tables = ["entry", "factory", "source", "transform", "detector", "format", "query"].map { "headrace_" + $0 }
    var mentions = 0
    for (path, text) in try sources("Host") {
      for line in text.split(separator: "\n") where !line.drop(while: { $0 == " " }).hasPrefix("//") {
        let words = Set(line.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init))
        guard !words.isDisjoint(with: tables) else { continue }
        mentions += 1
        #expect(path.hasPrefix(Self.calls), "\(path) names a table: \(line)")
        #expect(words.isDisjoint(with: ["package", "public", "open"]), "\(path) shows a table: \(line)")
      }
    }
    #expect(mentions >= 20)
  }
}
