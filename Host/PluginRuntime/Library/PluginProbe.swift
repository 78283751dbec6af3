import HostFormats
package import HostModel
package import HostPluginCalls

/// Looks at a library in a child process, so that one that crashes when it is loaded takes nothing else along.
package struct PluginProbe: Sendable {
  /// Swift's own report of a crash takes seconds, and nobody reads it.
  private static let environment = ["SWIFT_BACKTRACE": "enable=no"]
  /// The hidden argument that makes the executable a probe.
  package static let argument = "__probe"
  private let files: any FileSystem
  private let spawner: any ProcessSpawner
  private let executable: String
  private let timeout: Duration

  /// - Parameter timeout: how long a library may take to load.
  package init(
    files: any FileSystem, spawner: any ProcessSpawner, executable: String, timeout: Duration = .seconds(30)
  ) {
    self.timeout = timeout
    self.files = files
    self.spawner = spawner
    self.executable = executable
  }

  /// What a child gives up before it loads a library: its argument after the library.
  package enum Confining: String, Sendable {
    /// Everything but to read the library's own folder.
    case confined
    /// The same, and the child ends where the kernel does not enforce all of it.
    case strictly
  }

  /// The description of a library in the store. A library has one hash and so one answer: it is kept beside it.
  ///
  /// - Parameter confining: nil for a library whose code may do what the host may.
  package func describe(_ copy: LibraryStore.Copy, _ confining: Confining?) throws(Failure) -> PluginDescription {
    let record = "\(copy.folder)/probe-\(HostABI.maximum)-\(PluginDescription.revision).json"
    if let kept = try? files.read(record, limit: 1 << 24), let description = PluginDescription(json: kept) {
      return description
    }
    let result = try spawner.run(
      ProcessRequest(
        executable: executable, arguments: [Self.argument, copy.path] + (confining.map { [$0.rawValue] } ?? []),
        environment: Self.environment, outputLimit: 1 << 24, timeout: timeout, ownsGroup: true))
    let description = try interpret(result, path: copy.path)
    try files.replaceDurably(record, Array(description.json.utf8))
    return description
  }

  private func interpret(_ result: ProcessResult, path: String) throws(Failure) -> PluginDescription {
    let said = String(decoding: result.errorOutput.suffix(2000), as: UTF8.self).split(separator: "\n").last
    let remark = said.map { ": \($0)" } ?? ""
    if result.timedOut {
      throw Failure(.run, "\(path): did not return within \(timeout) when it was loaded\(remark)", status: .hung)
    }
    switch result.exit {
    case .signal(let signal):
      throw Failure(.run, "\(path): crashed with signal \(signal) when it was loaded\(remark)", status: .crashed)
    case .code(let code):
      if code == 0, let description = PluginDescription(json: result.output) { return description }
      if let failure = ProbeFailure(json: result.output, code: code) { throw failure.failure }
      guard code == 0, !result.output.isEmpty else {
        throw Failure(
          .run, "\(path): ended the process with exit code \(code) when it was loaded\(remark)", status: .fatal)
      }
      throw Failure(
        .run, "\(path): wrote to standard output when it was loaded",
        advice: "a plugin logs through the host, and does nothing before it is asked", status: .fatal)
    }
  }

  /// The child's side: loads the library and gives what to print and the exit code.
  ///
  /// - Parameter open: the path under which the library can be opened, after the child has become somebody else.
  package static func run(
    path: String, open: () throws(Failure) -> String
  ) -> (output: String, code: Int32) {
    do throws(Failure) {
      return (try LoadedPlugin(path: try open(), name: path).description.json, 0)
    } catch {
      return (ProbeFailure(failure: error).json, error.kind.rawValue)
    }
  }
}

/// A failure on its way from the child to the parent.
private struct ProbeFailure {
  let failure: Failure

  var json: String {
    JSONValue.object([
      "failure": .string(failure.message), "advice": .string(failure.advice ?? ""),
      "status": .string(failure.status?.name ?? ""),
    ]).text()
  }
}

extension ProbeFailure {
  init?(json: [UInt8], code: Int32) {
    guard let kind = FailureKind(rawValue: code), let object = (try? JSONValue.parse(json))?.objectValue,
      case .string(let message)? = object["failure"], case .string(let advice)? = object["advice"],
      case .string(let status)? = object["status"]
    else { return nil }
    failure = Failure(
      kind, message, advice: advice.isEmpty ? nil : advice, status: Status.allCases.first { $0.name == status })
  }
}

extension PluginDescription {
  /// Of the form in which descriptions are kept.
  fileprivate static let revision = 2

  fileprivate var json: String {
    let kinds = JSONObject(self.kinds.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) })
    return JSONValue.object([
      "name": .string(name), "version": .string(version), "abi": .string(String(abiVersion)), "kinds": .object(kinds),
    ]).text()
  }

  fileprivate init?(json: [UInt8]) {
    guard let root = try? JSONValue.parse(json), let object = root.objectValue,
      case .string(let name)? = object["name"], case .string(let version)? = object["version"],
      case .string(let abi)? = object["abi"], let abiVersion = UInt32(abi),
      case .object(let members)? = object["kinds"]
    else { return nil }
    var kinds: [String: KindDescription] = [:]
    for (kind, value) in members {
      guard let described = KindDescription(value) else { return nil }
      kinds[kind] = described
    }
    self.init(name: name, version: version, abiVersion: abiVersion, kinds: kinds)
  }
}

extension KindDescription {
  fileprivate var json: JSONValue {
    .object([
      "schema": .string(schema), "instance_flags": .integer(Int64(instanceFlags)), "flags": .integer(Int64(flags)),
      "optional": .array(optionalFunctions.sorted().map(JSONValue.string)), "extension": .string(fileExtension),
      "iceberg_name": .string(icebergName),
    ])
  }

  fileprivate init?(_ json: JSONValue) {
    guard let schema = json["schema"]?.stringValue, let instanceFlags = json["instance_flags"]?.integerValue,
      let flags = json["flags"]?.integerValue, let optional = json["optional"]?.arrayValue,
      let fileExtension = json["extension"]?.stringValue, let icebergName = json["iceberg_name"]?.stringValue
    else { return nil }
    self.init(
      schema: schema, instanceFlags: UInt32(clamping: instanceFlags), flags: UInt32(clamping: flags),
      optionalFunctions: Set(optional.compactMap(\.stringValue)), fileExtension: fileExtension,
      icebergName: icebergName)
  }
}
