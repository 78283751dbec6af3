import HostFormats
package import HostModel

/// Looks at a library in a child process, so that one that crashes when it is loaded takes nothing else along.
package struct PluginProbe: Sendable {
  /// The hidden argument that makes the executable a probe.
  package static let argument = "__probe"
  private let files: any FileSystem
  private let spawner: any ProcessSpawner
  private let executable: String

  package init(files: any FileSystem, spawner: any ProcessSpawner, executable: String) {
    self.files = files
    self.spawner = spawner
    self.executable = executable
  }

  /// The description of a library in the store. A library has one hash and so one answer: it is kept beside it.
  package func describe(_ copy: LibraryStore.Copy) throws(Failure) -> PluginDescription {
    let record = "\(copy.folder)/probe-\(HostABI.maximum).json"
    if let kept = try? files.read(record, limit: 1 << 24), let description = PluginDescription(json: kept) {
      return description
    }
    let result = try spawner.run(
      ProcessRequest(executable: executable, arguments: [Self.argument, copy.path], outputLimit: 1 << 24))
    let description = try interpret(result, path: copy.path)
    try files.replaceDurably(record, Array(description.json.utf8))
    return description
  }

  private func interpret(_ result: ProcessResult, path: String) throws(Failure) -> PluginDescription {
    let said = String(decoding: result.errorOutput.suffix(2000), as: UTF8.self).split(separator: "\n").last
    if result.timedOut {
      throw Failure(.run, "\(path): did not return when it was loaded", status: .hung)
    }
    switch result.exit {
    case .signal(let signal):
      throw Failure(
        .run, "\(path): crashed with signal \(signal) when it was loaded" + (said.map { ": \($0)" } ?? ""),
        status: .crashed)
    case .code(0):
      guard let description = PluginDescription(json: result.output) else {
        throw Failure(.run, "\(path): wrote to standard output when it was loaded", status: .fatal)
      }
      return description
    case .code(let code):
      let kind: FailureKind = FailureKind(rawValue: code) ?? .run
      throw Failure(
        kind, said.map(String.init) ?? "\(path): exited with \(code) when it was loaded", status: .fatal)
    }
  }

  /// The child's side: loads the library and gives what to print and the exit code.
  package static func run(path: String) -> (output: String, error: String?, code: Int32) {
    do throws(Failure) {
      return (try LoadedPlugin(path: path).description.json, nil, 0)
    } catch {
      return ("", error.description, error.kind.rawValue)
    }
  }
}

extension PluginDescription {
  fileprivate var json: String {
    let schemas = JSONObject(self.schemas.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) })
    return JSONValue.object([
      "name": .string(name), "version": .string(version), "abi": .string(String(abiVersion)),
      "schemas": .object(schemas),
    ]).text()
  }

  fileprivate init?(json: [UInt8]) {
    guard let root = try? JSONValue.parse(json), let object = root.objectValue,
      case .string(let name)? = object["name"], case .string(let version)? = object["version"],
      case .string(let abi)? = object["abi"], let abiVersion = UInt32(abi),
      case .object(let schemas)? = object["schemas"]
    else { return nil }
    var texts: [String: String] = [:]
    for (kind, value) in schemas {
      guard case .string(let text) = value else { return nil }
      texts[kind] = text
    }
    self.init(name: name, version: version, abiVersion: abiVersion, schemas: texts)
  }
}
