package import HostModel
import Synchronization

/// A file system in memory that forgets what was not synced when the power fails, breaks down where it is told to, and
/// knows the order of everything that was done to it.
///
/// Any thread. Under simulated lanes every operation is a scheduling point.
package final class MemoryFileSystem: FileSystem {
  private struct State {
    var volume = MemoryVolume()
    var trace: [FileOperation] = []
    var faults: [FileFault] = []
    var bytesWritten = 0
    var isCrashed = false
    var writesCut = 0
    var whenCrashed: (@Sendable () -> Void)?
    var generator: SplitMix64
    var temporaries: SplitMix64
    /// Writers of before the last crash write no more.
    var life = 0
    var locked: Set<String> = []
    /// How many hold a lock together.
    var shared: [String: Int] = [:]
  }

  private let state: Mutex<State>
  private let clock: VirtualClock
  private let simulation: Simulation?

  /// - Parameters:
  ///   - seed: decides what a crash leaves of what was not durable.
  ///   - simulation: whose lanes use it; nil if no simulated lanes do.
  package init(seed: UInt64, clock: VirtualClock = VirtualClock(), simulation: Simulation? = nil) {
    state = Mutex(State(generator: SplitMix64(seed: seed), temporaries: SplitMix64(seed: ~seed)))
    self.clock = simulation?.clock ?? clock
    self.simulation = simulation
  }

  // MARK: For tests

  /// Everything that changed something or made it durable, in order, since the beginning.
  package var trace: [FileOperation] { state.withLock { $0.trace } }

  /// Whether a fault has ended the process that uses this.
  package var isCrashed: Bool { state.withLock { $0.isCrashed } }

  /// Writes of which the end of their process has left a part, since the beginning.
  package var writesCut: Int { state.withLock { $0.writesCut } }

  package func inject(_ fault: FileFault) { state.withLock { $0.faults.append(fault) } }

  /// Runs `handler` once, at the moment when a fault ends the process. The code under test goes on for a while, since
  /// nothing can stop it but errors: what it does elsewhere after that moment is not to be counted, and whoever keeps
  /// another part of the outside can put it aside here.
  package func whenCrashed(_ handler: @escaping @Sendable () -> Void) { state.withLock { $0.whenCrashed = handler } }

  package func clearFaults() { state.withLock { $0.faults = [] } }

  /// The process ends here, wherever it is, and a new one finds what is left. Faults are cleared.
  package func crash(_ loss: CrashLoss = .someUnsynced) {
    state.withLock { state in
      state.isCrashed = false
      state.faults = []
      state.life += 1
      state.volume.open = [:]
      (state.locked, state.shared) = ([], [:])
      if loss != .nothing {
        state.volume.losePower(keepingSome: loss == .someUnsynced, &state.generator)
      }
    }
  }

  /// Paths of all files, sorted.
  package var files: [String] {
    state.withLock { state in
      var found: [String] = []
      func collect(_ folder: MemoryVolume.Folder, _ path: String) {
        for (name, node) in folder.entries {
          switch node {
          case .file: found.append("\(path)/\(name)")
          case .folder(let inner): collect(inner, "\(path)/\(name)")
          }
        }
      }
      collect(state.volume.root, "")
      return found.sorted()
    }
  }

  /// Seeded, so that the log and the order of names are the seed's.
  package func temporaryNumber() -> UInt64 { state.withLock { $0.temporaries.next() } }

  // MARK: Reading

  package func info(_ path: String) throws(Failure) -> FileInfo? {
    try look(path) { volume in
      switch volume.node(path) {
      case .file(let file): FileInfo(kind: .file, size: Int64(file.bytes.count), modified: file.modified)
      case .folder: FileInfo(kind: .directory, size: 0, modified: WallTime(microseconds: 0))
      case nil: nil
      }
    }
  }

  package func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
    try look(path) { volume throws(Failure) in
      guard case .file(let file) = volume.node(path) else { throw Self.missing(path) }
      guard file.bytes.count <= limit else {
        throw Failure(.invalidInput, "\(path): larger than \(limit) bytes", status: .invalidConfig)
      }
      return file.bytes
    }
  }

  package func list(_ path: String) throws(Failure) -> [String] {
    try look(path) { volume in
      guard case .folder(let folder) = volume.node(path) else { return [] }
      return folder.entries.keys.sorted()
    }
  }

  private func look<R: Sendable>(
    _ path: String, _ body: (borrowing MemoryVolume) throws(Failure) -> R
  ) throws(Failure) -> R {
    simulation?.point()
    return try state.withLock { state throws(Failure) -> sending R in
      if state.isCrashed { throw Self.gone(path) }
      return try body(state.volume)
    }
  }

  // MARK: Changing

  package func create(_ path: String) throws(Failure) -> any FileWriter {
    let modified = clock.wallTime()
    try perform(.create(path)) { volume throws(Failure) in
      let (folder, name) = try Self.place(path, volume)
      guard folder.entries[name] == nil else { throw Self.exists(path) }
      folder.set(name, .file(MemoryVolume.File(modified: modified)))
    }
    let (life, number) = state.withLock { ($0.life, $0.volume.openFile(path)) }
    return MemoryFileWriter(files: self, path: path, life: life, number: number)
  }

  /// As a system does it: each missing folder is made, and the one above it synced.
  package func createDirectory(_ path: String) throws(Failure) {
    if let found = try info(path) {
      if found.kind == .directory { return }
      throw Failure(.environment, "\(path): is not a folder", status: .conflict)
    }
    let parent = Self.folder(of: path)
    try createDirectory(parent)
    try perform(.makeDirectory(path)) { volume throws(Failure) in
      let (folder, name) = try Self.place(path, volume)
      if folder.entries[name] == nil { folder.set(name, .folder(MemoryVolume.Folder())) }
    }
    try syncDirectory(parent)
  }

  package func lock(_ path: String) throws(Failure) -> (any FileLock)? {
    let (isMine, life) = state.withLock { state in
      (state.shared[path] == nil && state.locked.insert(path).inserted, state.life)
    }
    guard isMine else { return nil }
    return MemoryFileLock { [weak self] in
      self?.state.withLock { state in
        // The locks of a process that is gone are gone with it, and may be another's now.
        if state.life == life { state.locked.remove(path) }
      }
    }
  }

  /// By its path alone, and of no file: what it would mark is not looked at by who is simulated.
  package func share(_ path: String) throws(Failure) -> (any FileLock)? {
    let (isMine, life) = state.withLock { state in
      let isFree = !state.locked.contains(path)
      if isFree { state.shared[path, default: 0] += 1 }
      return (isFree, state.life)
    }
    guard isMine else { return nil }
    return MemoryFileLock { [weak self] in
      self?.state.withLock { state in
        guard state.life == life, let count = state.shared[path] else { return }
        state.shared[path] = count > 1 ? count - 1 : nil
      }
    }
  }

  package func syncDirectory(_ path: String) throws(Failure) {
    try perform(.syncDirectory(path)) { volume throws(Failure) in
      guard case .folder(let folder) = volume.node(path) else { throw Self.missing(path) }
      folder.sync()
    }
  }

  package func rename(_ source: String, to destination: String) throws(Failure) {
    try move(source, destination, replacing: true)
  }

  package func renameIfAbsent(_ source: String, to destination: String) throws(Failure) {
    try move(source, destination, replacing: false)
  }

  private func move(_ source: String, _ destination: String, replacing: Bool) throws(Failure) {
    try perform(.rename(source, to: destination)) { volume throws(Failure) in
      let (old, oldName) = try Self.place(source, volume)
      let (new, newName) = try Self.place(destination, volume)
      guard let node = old.entries[oldName] else { throw Self.missing(source) }
      guard replacing || new.entries[newName] == nil else { throw Self.exists(destination) }
      new.set(newName, node)
      old.set(oldName, nil)
    }
  }

  package func remove(_ path: String) throws(Failure) {
    guard try info(path) != nil else { return }
    try perform(.remove(path)) { volume throws(Failure) in
      let (folder, name) = try Self.place(path, volume)
      folder.set(name, nil)
    }
  }

  package func removeEmptyFolder(_ path: String) {
    guard (try? info(path))?.kind == .directory, (try? list(path))?.isEmpty == true else { return }
    try? remove(path)
  }

  fileprivate func append(_ bytes: UnsafeRawBufferPointer, by writer: MemoryFileWriter) throws(Failure) {
    let copy = Array(bytes)
    let modified = clock.wallTime()
    try perform(.write(writer.path, bytes: copy.count), of: writer.life) { volume throws(Failure) in
      guard let file = volume.open[writer.number] else { throw Self.missing(writer.path) }
      file.bytes += copy.prefix(volume.cut ?? copy.count)
      file.modified = modified
    }
  }

  fileprivate func sync(_ writer: MemoryFileWriter) throws(Failure) {
    try perform(.sync(writer.path), of: writer.life) { volume throws(Failure) in
      guard let file = volume.open[writer.number] else { throw Self.missing(writer.path) }
      file.durableCount = file.bytes.count
    }
  }

  /// Counts an operation and does it, unless a fault says otherwise.
  private func perform(
    _ operation: FileOperation, of life: Int? = nil, _ body: (borrowing MemoryVolume) throws(Failure) -> Void
  ) throws(Failure) {
    simulation?.point()
    do throws(Failure) { try change(operation, of: life, body) } catch {
      if error.status == .crashed { state.withLock { $0.whenCrashed.take() }?() }
      throw error
    }
  }

  private func change(
    _ operation: FileOperation, of life: Int?, _ body: (borrowing MemoryVolume) throws(Failure) -> Void
  ) throws(Failure) {
    try state.withLock { state throws(Failure) -> Void in
      let number = state.trace.count
      if state.faults.contains(.crashBefore(number)) { state.isCrashed = true }
      if state.isCrashed || (life ?? state.life) != state.life { throw Self.gone(operation.path) }
      if state.faults.contains(.failure(at: number)) {
        // Counted, so that the next operation is not the one to fail.
        state.trace.append(operation)
        throw Failure(.environment, "\(operation.path): cannot \(operation): Input/output error", status: .transient)
      }
      try Self.checkSpace(operation, &state)
      let endsWithin = state.faults.contains(.crashWithin(number))
      if !endsWithin || Self.reaches(operation, &state) { try body(state.volume) }
      state.volume.cut = nil
      state.trace.append(operation)
      if endsWithin || state.faults.contains(.crashAfter(number)) {
        state.isCrashed = true
        throw Self.gone(operation.path)
      }
    }
  }

  /// How far an operation comes in which the process ends.
  /// - Returns: whether anything of it happens; of a write, the volume's `cut` says how much.
  private static func reaches(_ operation: FileOperation, _ state: inout State) -> Bool {
    guard case .write(_, let bytes) = operation else { return Bool.random(using: &state.generator) }
    let cut = Int.random(in: 0...bytes, using: &state.generator)
    if cut > 0, cut < bytes { state.writesCut += 1 }
    state.volume.cut = cut
    return true
  }

  private static func checkSpace(_ operation: FileOperation, _ state: inout State) throws(Failure) {
    guard case .write(let path, let bytes) = operation else { return }
    for case .diskFull(let limit) in state.faults where state.bytesWritten + bytes > limit {
      throw Failure(.environment, "\(path): cannot write to it: No space left on device", status: .quotaExhausted)
    }
    state.bytesWritten += bytes
  }

  // MARK: Paths and failures

  private static func place(
    _ path: String, _ volume: borrowing MemoryVolume
  ) throws(Failure) -> (MemoryVolume.Folder, String) {
    guard let (folder, name) = volume.parent(path) else { throw missing(path) }
    return (folder, name)
  }

  private static func folder(of path: String) -> String {
    let parts = path.split(separator: "/").dropLast()
    return "/" + parts.joined(separator: "/")
  }

  private static func missing(_ path: String) -> Failure {
    Failure(.environment, "\(path): No such file or directory", status: .notFound)
  }

  private static func exists(_ path: String) -> Failure {
    Failure(.environment, "\(path): File exists", status: .conflict)
  }

  private static func gone(_ path: String) -> Failure {
    Failure(.environment, "\(path): the process has crashed", status: .crashed)
  }
}

private final class MemoryFileWriter: FileWriter {
  private let files: MemoryFileSystem
  /// Under which the file was created: faults and the trace know it by this.
  let path: String
  let life: Int
  let number: Int

  init(files: MemoryFileSystem, path: String, life: Int, number: Int) {
    self.files = files
    self.path = path
    self.life = life
    self.number = number
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) { try files.append(bytes, by: self) }
  func sync() throws(Failure) { try files.sync(self) }
  func close() throws(Failure) {}
}

private final class MemoryFileLock: FileLock {
  private let letGo: @Sendable () -> Void

  init(letGo: @escaping @Sendable () -> Void) { self.letGo = letGo }

  deinit { letGo() }
}
