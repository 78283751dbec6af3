import Foundation
import HostModel
import HostSystem
import Testing

/// Runs one case in a folder of its own, with the program that was built.
struct HostileRunner {
  /// In the environment of every case. Wherever a case uses it, nothing may show it.
  static let secret = "s3cret-Pa55word"

  struct Ending: Equatable {
    var exit: ProcessExit
    var output: [String]
    var errors: [String]
  }

  struct Failed: Error, CustomStringConvertible {
    let description: String
  }

  private let folder: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.path + "/headrace-hostile-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  /// Runs the case and checks all that it says.
  static func check(_ hostile: HostileCase) throws {
    let runner = try HostileRunner()
    defer { runner.remove() }
    let ending = try runner.run(hostile)
    #expect(ending.exit == .code(hostile.code))
    #expect(ending.errors == hostile.errors)
    if let output = hostile.output { #expect(ending.output == output) }
  }

  func run(_ hostile: HostileCase) throws -> Ending {
    for (name, content) in hostile.files { try write(content, to: folder + "/" + name) }
    return try run(hostile.arguments, plugins: hostile.plugins)
  }

  /// - Parameter environment: variables on top of those that every case has.
  func run(_ arguments: [String], plugins: String? = nil, environment: [String: String] = [:]) throws -> Ending {
    let program = try Self.binary()
    let standing = [
      "PATH": "/usr/bin:/bin", "HOME": folder, "LC_ALL": "C.UTF-8", "SWIFT_BACKTRACE": "enable=no",
      "HOSTILE_SECRET": Self.secret,
    ]
    let options = ["--home", "home", "--plugins", plugins ?? Self.root + "/plugins.d"]
    // The spawner has no working folder: env(1) has.
    let request = ProcessRequest(
      executable: "/usr/bin/env", arguments: ["-C", folder, program] + arguments + options,
      environment: standing.merging(environment) { $1 }, timeout: .seconds(120))
    let result = try SystemSpawner().run(request)
    #expect(!result.timedOut)
    let said = [result.output, result.errorOutput].map { String(decoding: $0, as: UTF8.self) }
    for text in said { #expect(!text.contains(Self.secret), "a secret is shown") }
    return Ending(exit: result.exit, output: try lines(said[0]), errors: try lines(said[1]))
  }

  func write(_ text: String, to name: String) throws { try write(.text(text), to: folder + "/" + name) }

  func read(_ name: String) throws -> String { try String(contentsOfFile: folder + "/" + name, encoding: .utf8) }

  /// What differs from run to run is replaced by a name for it.
  private func lines(_ text: String) throws -> [String] {
    let program = URL(fileURLWithPath: try Self.binary()).resolvingSymlinksInPath().deletingLastPathComponent()
    let named = text.replacingOccurrences(of: folder, with: "{folder}")
      .replacingOccurrences(of: program.path + ",", with: "{program},")
      .replacingOccurrences(of: program.deletingLastPathComponent().path + "/lib", with: "{installation}/lib")
      .replacingOccurrences(of: "[0-9a-f]{64}", with: "{hash}", options: .regularExpression)
      .replacingOccurrences(of: "in [0-9.]+ s, [0-9,]+ rows/s", with: "in {time}", options: .regularExpression)
    // The parser's lines of usage list every option there is.
    return named.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("Usage: ") }
  }

  // MARK: Files

  private func write(_ content: HostileCase.Content, to path: String) throws {
    let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
    try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    switch content {
    case .text(let text): try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    case .bytes(let bytes): try Data(bytes).write(to: URL(fileURLWithPath: path))
    case .folder: try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    case .long(let before, let count, let after):
      var data = Data(before.utf8)
      data.append(Data(repeating: UInt8(ascii: "x"), count: count))
      data.append(Data(after.utf8))
      try data.write(to: URL(fileURLWithPath: path))
    case .library(let source): try Self.compile(source, to: path)
    }
  }

  private static func compile(_ source: String, to path: String) throws {
    let arguments = [
      "-shared", "-fPIC", "-I\(root)/PluginAPI/C/include", "-I\(root)/PluginAPI/Arrow/include", "-o", path,
      "\(root)/Tests/Plugins/Broken/\(source)",
    ]
    let request = ProcessRequest(
      executable: "/usr/bin/cc", arguments: arguments, environment: ["PATH": "/usr/bin:/bin"])
    let result = try SystemSpawner().run(request)
    guard result.exit == .code(0) else {
      throw Failed(description: "cc \(source): " + String(decoding: result.errorOutput, as: UTF8.self))
    }
  }

  // MARK: Places

  /// The checkout: this file is three levels below it.
  static var root: String {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { url.deleteLastPathComponent() }
    return url.path
  }

  /// `HEADRACE_TEST_BINARY`, or the program that was built with the tests.
  private static func binary() throws -> String {
    if let named = ProcessInfo.processInfo.environment["HEADRACE_TEST_BINARY"] { return named }
    let running = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let folders =
      [URL(fileURLWithPath: running).deletingLastPathComponent().path]
      + ["release", "debug"].map {
        root + "/.build/" + $0
      }
    guard let found = folders.map({ $0 + "/headrace" }).first(where: FileManager.default.isExecutableFile) else {
      throw Failed(description: "no headrace in \(folders): build it, or set HEADRACE_TEST_BINARY")
    }
    return found
  }
}
