import CHeadrace
import CLinux
import HostGate
package import HostModel
import HostPolicy

/// A library whose functions can be called, for as long as the process runs: its code is in this process and never unmapped,
/// or in processes of its own. What it is granted belongs to it: whatever is installed later, its instances keep that.
package final class LoadedPlugin: Sendable {
  package let description: PluginDescription
  package let grants: PluginGrants
  let tables: PluginTables
  let control: ControlThread
  /// Nil for a library in this process.
  let remote: RemoteLibrary?

  /// Loads a library, negotiates the version, and reads its tables. Runs the plugin's code: only after a probe.
  ///
  /// - Parameters:
  ///   - name: what failures call it, where that is not its path.
  ///   - grants: what its instances may ask the host for.
  /// - Throws: a `Failure` that says which rule of the ABI the library breaks.
  package init(path: String, name: String? = nil, grants: PluginGrants = PluginGrants()) throws(Failure) {
    remote = nil
    control = ControlThread()
    self.grants = grants
    let entry = try loadEntry(path, name: name ?? path)
    let path = name ?? path
    let version = try negotiate(entry, path: path)
    tables = try PluginTables(entry, path: path)
    description = PluginDescription(
      name: String(entry.name), version: String(entry.version), abiVersion: version,
      kinds: try tables.kinds(path: path))
  }

  package var isWorker: Bool { remote != nil }

  /// Whether its source wants to know what has become durable.
  package var isAcknowledged: Bool { tables.source?.ack != nil }

  /// The same code, in the same place, for instances that are granted something else.
  package init(_ other: LoadedPlugin, granted grants: PluginGrants) {
    // One thread at a time ends calls and frees what instances share, whatever they are granted.
    (control, tables, remote) = (other.control, other.tables, other.remote)
    description = other.description
    self.grants = grants
  }

  /// A library in worker processes. None of its code ever runs in this one.
  package init(remote: RemoteLibrary, grants: PluginGrants = PluginGrants()) {
    self.remote = remote
    control = ControlThread()
    self.grants = grants
    description = remote.description
    tables = PluginTables(remote: remote.description)
  }

  /// What a call came to. Only of its worker a plugin's end is believed.
  func conclude(
    _ code: headrace_status, _ error: inout headrace_error, _ services: HostServices?
  ) -> CallOutcome {
    HostPluginCalls.conclude(code, &error, services, isWorker: remote != nil)
  }

  /// Prepares what instances share, then makes one. The plugin counts: each success is undone by `endUse`.
  func make(
    _ factory: headrace_factory, _ call: UnsafePointer<headrace_call>, _ config: headrace_string,
    _ services: HostServices, _ instance: inout OpaquePointer?
  ) -> CallOutcome {
    var error = headrace_error.empty
    if let function = tables.entry.`init` {
      let outcome = conclude(function(&error), &error, services)
      guard outcome.status == .ok else { return outcome }
    }
    error = headrace_error.empty
    let outcome = conclude(factory.create(call, services.pointer, config, &instance, &error), &error, services)
    if outcome.status != .ok || instance == nil { tables.entry.`deinit`?() }
    return outcome
  }

  /// An instance is gone.
  func endUse() {
    guard let function = tables.entry.`deinit`, !control.isStuck.load(ordering: .acquiring) else { return }
    control.mutex.withLock { _ in function() }
  }
}

private func loadEntry(_ file: String, name path: String) throws(Failure) -> headrace_entry {
  guard let handle = headrace_dlopen(file) else {
    // The linker begins most of its messages with the path.
    let said = String(cString: headrace_dlerror()).split(separator: file, omittingEmptySubsequences: false)
      .joined(separator: path)
    let reason = said.hasPrefix(path + ": ") ? String(said.dropFirst(path.count + 2)) : said
    throw Failure(.environment, "\(path): cannot be loaded: \(reason)", status: .fatal)
  }
  guard let symbol = headrace_dlsym(handle, "headrace_plugin_entry") else {
    throw Failure(
      .invalidInput, "\(path): is not a Headrace plugin: it does not export headrace_plugin_entry", status: .fatal)
  }
  let function = unsafeBitCast(symbol, to: (@convention(c) () -> UnsafePointer<headrace_entry>?).self)
  let minimum = MemoryLayout<headrace_entry>.size
  guard let entry = readSized(function(), as: headrace_entry.self, minimum: minimum) else {
    throw Failure(
      .invalidInput,
      "\(path): the structure that headrace_plugin_entry returns is missing or shorter than \(minimum) bytes",
      advice: "set struct_size to sizeof(headrace_entry)", status: .fatal)
  }
  guard entry.negotiate != nil, entry.get_extension != nil, entry.name.length > 0, entry.name.length <= 64 else {
    throw Failure(.invalidInput, "\(path): headrace_entry lacks its name or a function", status: .fatal)
  }
  return entry
}

private func negotiate(_ entry: headrace_entry, path: String) throws(Failure) -> UInt32 {
  var version: UInt32 = 0
  var error = headrace_error.empty
  let code = entry.negotiate(HostABI.minimum, HostABI.maximum, &version, &error)
  let outcome = conclude(code, &error, nil)
  guard outcome.status == .ok else {
    throw Failure(
      .invalidInput,
      "\(path): declines ABI versions \(HostABI.minimum) to \(HostABI.maximum): \(outcome.error?.message ?? "no reason given")",
      advice: "build the plugin for this host's ABI", status: .unsupported)
  }
  guard (HostABI.minimum...HostABI.maximum).contains(version) else {
    throw Failure(
      .invalidInput,
      "\(path): wants ABI version \(version); this host speaks \(HostABI.minimum) to \(HostABI.maximum)",
      advice: "build the plugin for this host's ABI", status: .unsupported)
  }
  return version
}

extension LoadedPlugin {
  /// The plugin was asked to be what it is not.
  func isNo(_ kind: String) -> Failure {
    let kinds = description.schemas.keys.sorted().joined(separator: ", ")
    return Failure(
      .invalidInput, "plugin '\(description.name)' is not a \(kind): it is \(kinds.isEmpty ? "nothing" : kinds)",
      status: .unsupported)
  }
}
