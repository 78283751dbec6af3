package import HostModel
import Synchronization

/// An object store in a folder. An object appears under its name in one step, complete and durable: it is written under
/// a temporary name, synced, renamed without replacing, and the folder is synced.
package struct DirectoryStore: ObjectStore {
  private let files: any FileSystem
  private let root: String
  private let rootLocation: String
  private let random: @Sendable () -> UInt64
  private let durableFolders = DurableFolders()

  /// - Parameters:
  ///   - root: an absolute path; made if it is not there.
  ///   - random: numbers that no other process draws too: temporary names are made of them.
  package init(
    root: String, files: any FileSystem, random: @escaping @Sendable () -> UInt64 = { .random(in: 0 ... .max) }
  ) throws(Failure) {
    self.files = files
    self.random = random
    self.root = root
    // Not percent-encoded: Iceberg locations are compared and opened as they stand, by pyiceberg and DuckDB too.
    rootLocation = "file://" + root + "/"
    try files.createDirectory(root)
    // Whoever has made the root may not have lived to sync the folders above it. Those may be closed to us.
    var folder = root
    while folder.utf8.count > 1 {
      folder = PathText.folder(of: folder)
      try? files.syncDirectory(folder)
    }
  }

  package func location(of key: String) -> String { rootLocation + key }

  package func key(of location: String) -> String? {
    guard location.hasPrefix(rootLocation) else { return nil }
    let key = String(location.dropFirst(rootLocation.count))
    return isSafe(key) ? key : nil
  }

  package func begin(_ key: String) throws(Failure) -> any ObjectUpload { try makeUpload(key) }

  private func makeUpload(_ key: String) throws(Failure) -> DirectoryUpload {
    let path = try path(of: key)
    let folder = PathText.folder(of: path)
    try ensureFolder(folder)
    // Named after its object: what an interrupted process leaves is recognised, and no object to anyone.
    let temporary = "\(path).\(random()).tmp"
    return DirectoryUpload(
      files: files, writer: try files.create(temporary), temporary: temporary, path: path, folder: folder)
  }

  /// Makes a folder with all its entries up to the root durable.
  ///
  /// That a folder is there does not mean that it is there after a loss of power: a process that was killed may have made
  /// it and not synced the one above, or another lane may be about to. So every process makes sure once for each folder.
  private func ensureFolder(_ folder: String) throws(Failure) {
    try files.createDirectory(folder)
    guard !durableFolders.paths.withLock({ $0.contains(folder) }) else { return }
    var inner = folder
    while inner.utf8.count > root.utf8.count {
      inner = PathText.folder(of: inner)
      try files.syncDirectory(inner)
    }
    durableFolders.paths.withLock { _ = $0.insert(folder) }
  }

  package func put(_ key: String, _ bytes: [UInt8]) throws(Failure) {
    try write(key, bytes, replacing: false)
  }

  package func replace(_ key: String, _ bytes: [UInt8]) throws(Failure) {
    try write(key, bytes, replacing: true)
  }

  private func write(_ key: String, _ bytes: [UInt8], replacing: Bool) throws(Failure) {
    let upload = try makeUpload(key)
    upload.replaces = replacing
    do throws(Failure) {
      try upload.writeAll(bytes)
      try upload.finish()
    } catch {
      upload.abort()
      throw error
    }
  }

  package func get(_ key: String, limit: Int) throws(Failure) -> [UInt8] {
    try files.read(path(of: key), limit: limit)
  }

  package func list(_ prefix: String) throws(Failure) -> [ObjectInfo] {
    // The deepest folder that every match lies in.
    let folder = prefix.lastIndex(of: "/").map { String(prefix[..<$0]) } ?? ""
    if !folder.isEmpty { _ = try path(of: folder) }
    var found: [ObjectInfo] = []
    try collect(folder, into: &found)
    return found.filter { $0.key.hasPrefix(prefix) }.sorted { $0.key < $1.key }
  }

  private func collect(_ folder: String, into found: inout [ObjectInfo]) throws(Failure) {
    for name in try files.list(folder.isEmpty ? root : "\(root)/\(folder)") {
      let key = folder.isEmpty ? name : "\(folder)/\(name)"
      guard let info = try files.info("\(root)/\(key)") else { continue }
      switch info.kind {
      case .directory: try collect(key, into: &found)
      case .file where isTemporary(name): continue
      case .file: found.append(ObjectInfo(key: key, size: info.size, modified: info.modified))
      case .other: continue
      }
    }
  }

  package func delete(_ key: String) throws(Failure) {
    try files.remove(path(of: key))
  }

  private func path(of key: String) throws(Failure) -> String {
    guard isSafe(key) else {
      throw Failure(.invalidInput, "'\(key)' is not the name of an object in \(root)", status: .invalidConfig)
    }
    return "\(root)/\(key)"
  }
}

/// Folders whose entries this process has made durable, up to the store's root.
private final class DurableFolders: Sendable {
  let paths = Mutex<Set<String>>([])
}

/// Whether a key stays inside the store: no part is empty, `.` or `..`, and none holds a NUL.
private func isSafe(_ key: String) -> Bool {
  !key.utf8.contains(0) && PathText.steps(key).allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
}

/// Whether a name is that of an upload under way, or of one that was interrupted: `<object>.<number>.tmp`.
private func isTemporary(_ name: String) -> Bool {
  let parts = name.split(separator: ".", omittingEmptySubsequences: false)
  return parts.count >= 3 && parts[parts.count - 1] == "tmp" && UInt64(parts[parts.count - 2]) != nil
}

private final class DirectoryUpload: ObjectUpload {
  private enum State { case open, finished, aborted }

  private let files: any FileSystem
  private let writer: any FileWriter
  private let temporary: String
  private let path: String
  private let folder: String
  private var state = State.open
  var replaces = false

  init(files: any FileSystem, writer: any FileWriter, temporary: String, path: String, folder: String) {
    self.files = files
    self.writer = writer
    self.temporary = temporary
    self.path = path
    self.folder = folder
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) { try writer.write(bytes) }

  func finish() throws(Failure) {
    precondition(state == .open, "an upload is finished once")
    try writer.sync()
    try writer.close()
    if replaces {
      try files.rename(temporary, to: path)
    } else {
      try files.renameIfAbsent(temporary, to: path)
    }
    try files.syncDirectory(folder)
    state = .finished
  }

  func abort() {
    guard state == .open else { return }
    state = .aborted
    // The upload is given up for a reason that is told elsewhere; what remains is an orphan and harmless.
    try? writer.close()
    try? files.remove(temporary)
  }
}
