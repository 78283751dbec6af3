import CArrow
import CHeadrace
import CLinux
import HostFormats
import HostModel

/// One attempt at a clause: the library, the host that it sees, and the words for what is going on.
final class Trial: @unchecked Sendable {
  // One thread runs the attempt; those that it starts are waited for.
  let request: CheckRequest
  /// The clause that is tried.
  let clause: String
  let host: CheckHost
  let channel: CheckChannel
  /// What an attempt that went well has shown.
  var evidence = ""
  private let path: String
  private var loaded: LoadedPlugin?
  /// How long a call may go on after its deadline.
  static let grace = Duration.seconds(1)

  init(_ request: CheckRequest, clause: String, library: String, channel: CheckChannel, clock: any Clock) {
    self.request = request
    self.clause = clause
    self.channel = channel
    path = library
    host = CheckHost(secrets: request.secrets, http: request.http, answers: request.answers, clock: clock)
  }

  /// How long a step that has no deadline may take.
  var patience: Duration { request.patience + Self.grace }

  /// The library, loaded as a host does it.
  func library() throws(Objection) -> LoadedPlugin {
    if let loaded { return loaded }
    let (name, path) = (request.name, path)
    let result = channel.during("loading", "PRC-2", patience) {
      Result { () throws(Failure) in try LoadedPlugin(path: path, name: name) }
    }
    switch result {
    case .success(let plugin):
      loaded = plugin
      return plugin
    case .failure(let failure): throw .broken("LIB-1", failure.message)
    }
  }

  /// The symbol's structure, without anything that the host would make of it.
  func entry() throws(Objection) -> UnsafePointer<headrace_entry> {
    guard let handle = headrace_dlopen(path) else {
      throw .broken("LIB-1", "it cannot be loaded: \(String(cString: headrace_dlerror()))")
    }
    guard let symbol = headrace_dlsym(handle, "headrace_plugin_entry") else {
      throw .broken("LIB-1", "it exports no headrace_plugin_entry")
    }
    typealias Function = @convention(c) () -> UnsafePointer<headrace_entry>?
    let function = unsafeBitCast(symbol, to: Function.self)
    guard let first = function(), function() == first else {
      throw .broken("LIB-1", "headrace_plugin_entry returns NULL, or another address at the second call")
    }
    guard first.pointee.struct_size >= UInt32(MemoryLayout<headrace_entry>.size) else {
      throw .broken("LIB-1", "headrace_entry has the struct_size \(first.pointee.struct_size)")
    }
    return first
  }

  /// A fresh instance of the kind that is tried.
  func subject(tail: Int = 0) throws(Objection) -> Subject { try Subject(self, kind: request.kind, tail: tail) }

  /// Runs a function that has no status.
  func step<R, E: Error>(_ name: String, _ clause: String = "PRC-2", _ body: () throws(E) -> R) throws(E) -> R {
    try channel.during(name, clause, patience, body)
  }

  /// Releases an array as its owner.
  func drop(_ array: inout ArrowArray) throws(Objection) {
    guard let release = array.release else { return }
    step("release of an array", "ARR-4") { release(&array) }
    guard array.release == nil else { throw .broken("ARR-4", "after its release an array's 'release' is not NULL") }
  }

  func drop(_ schema: inout ArrowSchema) throws(Objection) {
    guard let release = schema.release else { return }
    step("release of a schema", "ARR-4") { release(&schema) }
    guard schema.release == nil else { throw .broken("ARR-4", "after its release a schema's 'release' is not NULL") }
  }

  /// Reads a schema that the plugin made, and releases it.
  func take(_ schema: inout ArrowSchema, _ what: String) throws(Objection) -> Schema {
    let read = try look(schema, what)
    try drop(&schema)
    return read
  }

  /// Reads a schema that the plugin made, and leaves it as it is.
  func look(_ schema: ArrowSchema, _ what: String) throws(Objection) -> Schema {
    func refuse(_ mistake: String) -> Objection { .broken("ARR-1", "the schema of \(what): \(mistake)") }
    guard (0...100_000).contains(schema.n_children) else { throw refuse("it has \(schema.n_children) columns") }
    let read = step("looking at the schema of \(what)", "ARR-1") {
      Result { () throws(Failure) in try Schema(importing: schema) }
    }
    switch read {
    case .success(let schema):
      if let mistake = schema.mistake { throw refuse(mistake) }
      return schema
    case .failure(let failure): throw refuse(failure.message)
    }
  }
}

extension Schema {
  /// What no table can have.
  fileprivate var mistake: String? {
    var names: Set<String> = []
    for field in fields {
      if field.name.isEmpty { return "a column without a name" }
      if field.name.unicodeScalars.contains("\u{FFFD}") { return "a column whose name is no UTF-8" }
      if !names.insert(field.name).inserted { return "two columns '\(field.name)'" }
    }
    return nil
  }
}
