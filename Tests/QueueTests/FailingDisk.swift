import HostModel
import Synchronization
import TestSupport

/// A disk as unkind as real ones while the process lives: a write that fails has written a part, and once a sync has failed
/// the next one of the same file says that all is well while the bytes never arrive.
final class FailingDisk: FileSystem {
  private struct State {
    var generator: SplitMix64
    var operations = 0
    var failing: Set<Int> = []
    var room = Int.max
    var failures = 0
  }

  let files: MemoryFileSystem
  private let state: Mutex<State>

  init(seed: UInt64, files: MemoryFileSystem) {
    self.files = files
    state = Mutex(State(generator: SplitMix64(seed: seed)))
  }

  /// Operations that change something, so far.
  var operations: Int { state.withLock { $0.operations } }

  /// Operations that have failed because the test wanted it.
  var failures: Int { state.withLock { $0.failures } }

  /// The operation of this number fails.
  func fail(at number: Int) { state.withLock { _ = $0.failing.insert(number) } }

  /// The disk is full after so many bytes more.
  func setRoom(_ bytes: Int) { state.withLock { $0.room = bytes } }

  func recover() {
    state.withLock { state in
      state.failing = []
      state.room = .max
    }
  }

  /// Counts an operation, and fails if it is to fail.
  fileprivate func begin(_ path: String) throws(Failure) {
    let fails = state.withLock { state in
      defer { state.operations += 1 }
      guard state.failing.contains(state.operations) else { return false }
      state.failures += 1
      return true
    }
    if fails { throw Failure(.environment, "\(path): Input/output error", status: .transient) }
  }

  /// How much of a write of so many bytes succeeds.
  fileprivate func admit(_ bytes: Int) -> Int {
    state.withLock { state in
      defer { state.operations += 1 }
      var written = bytes
      if state.failing.contains(state.operations) { written = Int.random(in: 0..<bytes, using: &state.generator) }
      written = min(written, state.room)
      if written < bytes { state.failures += 1 }
      if state.room < .max { state.room -= written }
      return written
    }
  }

  func info(_ path: String) throws(Failure) -> FileInfo? { try files.info(path) }
  func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] { try files.read(path, limit: limit) }
  func lock(_ path: String) throws(Failure) -> (any FileLock)? { try files.lock(path) }
  func share(_ path: String) throws(Failure) -> (any FileLock)? { try files.share(path) }

  func list(_ path: String) throws(Failure) -> [String] { try files.list(path) }

  func create(_ path: String) throws(Failure) -> any FileWriter {
    try begin(path)
    return FailingWriter(self, try files.create(path), path)
  }

  func createDirectory(_ path: String) throws(Failure) { try files.createDirectory(path) }

  func syncDirectory(_ path: String) throws(Failure) {
    try begin(path)
    try files.syncDirectory(path)
  }

  func rename(_ source: String, to destination: String) throws(Failure) {
    try begin(source)
    try files.rename(source, to: destination)
  }

  func renameIfAbsent(_ source: String, to destination: String) throws(Failure) {
    try begin(source)
    try files.renameIfAbsent(source, to: destination)
  }

  func remove(_ path: String) throws(Failure) {
    guard try files.info(path) != nil else { return }
    try begin(path)
    try files.remove(path)
  }

  func removeEmptyFolder(_ path: String) { files.removeEmptyFolder(path) }
}

private final class FailingWriter: FileWriter {
  private let disk: FailingDisk
  private let writer: any FileWriter
  private let path: String
  private var hasFailedToSync = false

  init(_ disk: FailingDisk, _ writer: any FileWriter, _ path: String) {
    self.disk = disk
    self.writer = writer
    self.path = path
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    let written = disk.admit(bytes.count)
    try writer.write(UnsafeRawBufferPointer(rebasing: bytes[..<written]))
    if written < bytes.count {
      throw Failure(.environment, "\(path): No space left on device", status: .transient)
    }
  }

  func sync() throws(Failure) {
    do throws(Failure) { try disk.begin(path) } catch {
      hasFailedToSync = true
      throw error
    }
    if !hasFailedToSync { try writer.sync() }
  }

  func close() throws(Failure) { try writer.close() }
}
