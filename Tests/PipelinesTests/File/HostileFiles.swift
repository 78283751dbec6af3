import HostPipelines
import Testing

/// A file that is wrong, and all that has to be said about it.
struct HostileFile: Sendable, CustomTestStringConvertible {
  let name: String
  let text: String
  let messages: [String]

  init(_ name: String, _ text: String, _ messages: [String]) {
    self.name = name
    self.text = text
    self.messages = messages
  }

  var testDescription: String { name }
}

/// Pipeline and platform files that have to be refused. The parts are in files of their own.
enum HostileFiles {
  static let pipelines: [HostileFile] =
    syntax + keys + types + combinations + names + interpolation + queries + policies
}

/// The environment and files of these tests.
enum Surroundings {
  static let secret = "s3cret-value"

  static let sources = InterpolationSources(
    environment: { ["HOST": "db", "PW": secret, "PORT": "5432", "DIGITS": "12345", "EMPTY": ""][$0] },
    readFile: { (path: String, _: Int) throws(InterpolationSources.Unreadable) in
      switch path {
      case "pw.txt": return Array((secret + "\n").utf8)
      case "big.txt": return [UInt8](repeating: 65, count: 70_000)
      case "latin1.txt": return [0xE9]
      default: throw InterpolationSources.Unreadable("there is no such file")
      }
    })
}
