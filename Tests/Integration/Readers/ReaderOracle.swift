import Foundation
import TestSupport

/// The checks of `Tests/Oracle/checks.py`: what pyiceberg and DuckDB's Iceberg extension see.
enum ReaderOracle {
  struct Answer {
    /// What is wrong, one sentence each; empty if both readers see what they have to.
    let problems: [String]
    private let facts: [String: String]

    init(_ output: [UInt8]) throws {
      let object = try JSONSerialization.jsonObject(with: Data(output)) as? [String: Any] ?? [:]
      problems = object["problems"] as? [String] ?? ["the check did not answer"]
      facts = object["facts"] as? [String: String] ?? [:]
    }

    subscript(fact: String) -> String { facts[fact] ?? "" }

    func count(_ fact: String) -> Int { Int(self[fact]) ?? -1 }

    var text: String { problems.prefix(8).joined(separator: "\n") }

    func json(_ fact: String) throws -> Any {
      try JSONSerialization.jsonObject(with: Data(self[fact].utf8))
    }
  }

  static func ask(_ check: String, _ arguments: Any...) throws -> Answer {
    let input = Array(try ReaderWorkspace.json(arguments).utf8)
    let script = "import sys\nsys.path.insert(0, \(try ReaderWorkspace.json(folder)))\nimport readers\nreaders.main()\n"
    return try Answer(PythonOracle.run(script, input: input, arguments: ["checks", check]))
  }

  private static var folder: String { HeadraceInstallation.root + "/Tests/Oracle" }
}
