import CLinux
import Glibc
package import HostModel

/// The file system of this machine.
package struct SystemFiles: FileSystem {
  package init() {}

  package func info(_ path: String) throws(Failure) -> FileInfo? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw pathFailure("look at it", path)
    }
    let kind: FileInfo.Kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .directory
      default: .other
      }
    let modified = Int64(status.st_mtim.tv_sec) * 1_000_000 + Int64(status.st_mtim.tv_nsec) / 1000
    return FileInfo(kind: kind, size: Int64(status.st_size), modified: WallTime(microseconds: modified))
  }

  package func isLink(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  package func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
    let descriptor = headrace_open(path, O_RDONLY, 0)
    guard descriptor >= 0 else { throw pathFailure("open it", path) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = retryingInterrupts { Glibc.read(descriptor, &chunk, chunk.count) }
      guard count >= 0 else { throw pathFailure("read it", path) }
      if count == 0 { return bytes }
      guard bytes.count + count <= limit else {
        throw Failure(.invalidInput, "\(path): larger than \(limit) bytes", status: .invalidConfig)
      }
      bytes.append(contentsOf: chunk[..<count])
    }
  }

  package func create(_ path: String) throws(Failure) -> any FileWriter {
    let descriptor = headrace_open(path, O_WRONLY | O_CREAT | O_EXCL, 0o644)
    guard descriptor >= 0 else { throw pathFailure("create it", path) }
    return SystemFileWriter(path: path, descriptor: descriptor)
  }

  package func createDirectory(_ path: String) throws(Failure) {
    if let found = try info(path) {
      if found.kind == .directory { return }
      throw Failure(.environment, "\(path): is not a folder", status: .conflict)
    }
    let parent = PathText.folder(of: path)
    if parent != path { try createDirectory(parent) }
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw pathFailure("create the folder", path) }
    try syncDirectory(parent)
  }

  package func syncDirectory(_ path: String) throws(Failure) {
    let descriptor = headrace_open(path, O_RDONLY | O_DIRECTORY, 0)
    guard descriptor >= 0 else { throw pathFailure("open the folder", path) }
    defer { close(descriptor) }
    guard retryingInterrupts({ fsync(descriptor) }) == 0 else { throw pathFailure("sync the folder", path) }
  }

  package func rename(_ source: String, to destination: String) throws(Failure) {
    guard Glibc.rename(source, destination) == 0 else { throw pathFailure("rename it to \(destination)", source) }
  }

  package func renameIfAbsent(_ source: String, to destination: String) throws(Failure) {
    guard headrace_rename_noreplace(source, destination) == 0 else {
      throw pathFailure("create it", destination)
    }
  }

  /// Makes a file that another process wrote survive a loss of power.
  package func syncFile(_ path: String) throws(Failure) {
    let descriptor = headrace_open(path, O_RDONLY, 0)
    guard descriptor >= 0 else { throw pathFailure("open it", path) }
    defer { close(descriptor) }
    guard retryingInterrupts({ fsync(descriptor) }) == 0 else { throw pathFailure("sync it", path) }
  }

  package func removeEmptyFolder(_ path: String) { rmdir(path) }

  package func remove(_ path: String) throws(Failure) {
    guard unlink(path) == 0 || errno == ENOENT else { throw pathFailure("remove it", path) }
  }

  package func lock(_ path: String) throws(Failure) -> (any FileLock)? {
    try lock(path, headrace_open(path, O_RDWR | O_CREAT, 0o644))
  }

  /// Like `lock`, of a folder that is there.
  ///
  /// - Parameter follows: whether the path may be a link to a folder, which is locked then.
  package func lockFolder(_ path: String, follows: Bool = false) throws(Failure) -> (any FileLock)? {
    try lock(path, headrace_open(path, O_RDONLY | O_DIRECTORY | (follows ? 0 : O_NOFOLLOW), 0))
  }

  package func share(_ path: String) throws(Failure) -> (any FileLock)? {
    // Who has it alone removes what nobody uses, which takes no longer than to rename it.
    for _ in 0..<100 {
      let descriptor = headrace_open(path, O_RDWR | O_CREAT, 0o644)
      if let lock = try lock(path, descriptor, LOCK_SH) {
        futimens(descriptor, nil)
        return lock
      }
      usleep(1_000)
    }
    return nil
  }

  private func lock(
    _ path: String, _ descriptor: Int32, _ kind: Int32 = LOCK_EX
  ) throws(Failure) -> (any FileLock)? {
    guard descriptor >= 0 else { throw pathFailure("open it", path) }
    // Of the open file, not of the process: a second lock in this process is refused like any other.
    guard retryingInterrupts({ flock(descriptor, kind | LOCK_NB) }) == 0 else {
      let code = errno
      close(descriptor)
      if code == EWOULDBLOCK { return nil }
      // File systems of some networks and of some user-space programs have none.
      if [ENOLCK, EOPNOTSUPP, ENOSYS, EINVAL].contains(code) {
        throw Failure(
          .environment, "\(path): its file system has no locks: \(errorText(code))", status: .unsupported)
      }
      throw pathFailure("lock it", path, code: code)
    }
    let lock = SystemFileLock(descriptor)
    // Whoever had it may have taken it away meanwhile: what is locked then is not what others find here.
    return isStill(path, descriptor) ? lock : nil
  }

  private func isStill(_ path: String, _ descriptor: Int32) -> Bool {
    var (open, found) = (stat(), stat())
    return fstat(descriptor, &open) == 0 && stat(path, &found) == 0 && open.st_ino == found.st_ino
      && open.st_dev == found.st_dev
  }

  package func list(_ path: String) throws(Failure) -> [String] {
    guard let directory = opendir(path) else {
      if errno == ENOENT { return [] }
      throw pathFailure("list it", path)
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      // In place: a copy would be of 256 bytes, and the buffer may end before them.
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}

/// The path of the folder that holds `path`.
private final class SystemFileWriter: FileWriter {
  private let path: String
  private var descriptor: Int32

  init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

  func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    var rest = bytes
    while let start = rest.baseAddress, !rest.isEmpty {
      let count = retryingInterrupts { Glibc.write(descriptor, start, rest.count) }
      guard count >= 0 else { throw pathFailure("write to it", path) }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  func sync() throws(Failure) {
    guard retryingInterrupts({ fsync(descriptor) }) == 0 else { throw pathFailure("sync it", path) }
  }

  func close() throws(Failure) {
    guard descriptor >= 0 else { return }
    defer { descriptor = -1 }
    guard Glibc.close(descriptor) == 0 else { throw pathFailure("close it", path) }
  }
}

private final class SystemFileLock: FileLock {
  private let descriptor: Int32

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }
}
