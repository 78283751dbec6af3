import Foundation
import TestSupport

/// A folder with pipeline files, their data and one home, and the program that runs them. Removed with its owner.
final class ReaderWorkspace {
  struct Failed: Error, CustomStringConvertible {
    let description: String
  }

  /// How a command ended, and what it said.
  struct Output {
    let status: Int32
    let text: String
    let errors: String

    /// The last line of standard output.
    var last: String { text.split(separator: "\n").last.map(String.init) ?? "" }

    /// The last line as JSON.
    var object: [String: Any] {
      (try? JSONSerialization.jsonObject(with: Data(last.utf8))) as? [String: Any] ?? [:]
    }

    /// Every line as JSON: the shape of `lake sql`.
    var objects: [[String: Any]] {
      text.split(separator: "\n").compactMap {
        (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
      }
    }
  }

  let folder: String
  var home: String { folder + "/home" }

  init() throws {
    folder = NSTemporaryDirectory() + "/headrace-readers-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder + "/data", withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func write(_ name: String, _ text: String) throws {
    try text.write(toFile: folder + "/" + name, atomically: false, encoding: .utf8)
  }

  /// Writes `NAME.yaml`; JSON is YAML, so a dictionary is a pipeline file.
  func pipeline(
    _ name: String, source: [String: Any], table: String, destination: [String: Any] = [:], others: [String: Any] = [:]
  ) throws {
    var file: [String: Any] = ["version": 1, "pipeline": name, "source": source]
    file["destination"] = ["table": table, "metadata_columns": [String]()].merging(destination) { $1 }
    file.merge(others) { $1 }
    try write("\(name).yaml", Self.json(file))
  }

  /// A source over files, of one stream `s`.
  static func files(_ pattern: String, schema: Any? = nil, stream: [String: Any] = [:]) -> [String: Any] {
    var config: [String: Any] = ["path": pattern, "stream": "s"]
    config["schema"] = schema
    return ["plugin": "file", "config": config, "streams": [["name": "s"].merging(stream) { $1 }]]
  }

  /// Runs a command to its end.
  /// - Throws: if it ends otherwise than expected.
  @discardableResult
  func headrace(_ arguments: String..., status: Int32 = 0) throws -> Output {
    try command(arguments, status)
  }

  /// Runs a pipeline and returns its summary.
  @discardableResult
  func run(_ name: String, status: Int32 = 0) throws -> [String: Any] {
    try command(["run", "\(name).yaml", "--output", "json"], status).object
  }

  private func command(_ arguments: [String], _ status: Int32) throws -> Output {
    let process = try HeadraceProcess(
      try HeadraceInstallation.binary(),
      arguments + ["--home", home, "--plugins", HeadraceInstallation.manifests], in: folder,
      environment: HeadraceInstallation.environment(home: folder))
    let end = try process.wait(seconds: 300)
    let (text, errors) = (process.output, process.errors)
    guard end == .exited(status) else { throw Failed(description: "\(arguments): \(end): \(text)\(errors)") }
    return Output(status: status, text: text, errors: errors)
  }

  static func json(_ value: Any) throws -> String {
    let data = try JSONSerialization.data(
      withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes])
    return String(decoding: data, as: UTF8.self)
  }
}
