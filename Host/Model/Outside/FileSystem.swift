/// What is at a path.
public struct FileInfo: Sendable, Equatable {
  public enum Kind: Sendable { case file, directory, other }
  public var kind: Kind
  public var size: Int64
  public var modified: WallTime

  public init(kind: Kind, size: Int64, modified: WallTime) {
    self.kind = kind
    self.size = size
    self.modified = modified
  }
}

/// A file being written from its start. It stays the same file when it is renamed.
public protocol FileWriter: AnyObject {
  /// Appends all of the bytes.
  func write(_ bytes: UnsafeRawBufferPointer) throws(Failure)

  /// Makes what was written survive a loss of power.
  func sync() throws(Failure)

  /// Closes; safe to call again.
  func close() throws(Failure)
}

/// Held until it is let go or its process ends, however it ends.
public protocol FileLock: AnyObject, Sendable {}

/// The files of this machine. Paths are absolute. Failures are of the environment and name the path and the cause; a
/// path that does not exist has the status `notFound`, one that should not exist `conflict`.
public protocol FileSystem: Sendable {
  /// Nil if nothing is there.
  func info(_ path: String) throws(Failure) -> FileInfo?

  /// Whether the path itself is a symbolic link, wherever it leads. There are none unless it says otherwise.
  func isLink(_ path: String) -> Bool

  /// The whole file; fails with `invalidConfig` when it is longer than `limit` bytes.
  func read(_ path: String, limit: Int) throws(Failure) -> [UInt8]

  /// Begins a new file. Fails with `conflict` if one is there.
  func create(_ path: String) throws(Failure) -> any FileWriter

  /// Makes a folder and those above it, and their entries durable. Does nothing for one that exists.
  func createDirectory(_ path: String) throws(Failure)

  /// Makes the entries of a folder survive a loss of power.
  func syncDirectory(_ path: String) throws(Failure)

  /// Puts `source` in the place of `destination` in one step. Durable after `syncDirectory`.
  func rename(_ source: String, to destination: String) throws(Failure)

  /// Like `rename`, but fails with `conflict` if something is at the destination.
  func renameIfAbsent(_ source: String, to destination: String) throws(Failure)

  /// Names a temporary file that nobody else uses. Random unless it says otherwise; a simulation takes it from its seed.
  func temporaryNumber() -> UInt64

  /// Removes a file; does nothing if there is none.
  func remove(_ path: String) throws(Failure)

  /// Removes a folder in which nothing is left; leaves any other.
  func removeEmptyFolder(_ path: String)

  /// Makes sure that nobody else holds the lock of this path, in this process or another; the path is that of an empty file,
  /// which is made and left.
  ///
  /// - Returns: nil if somebody holds it.
  func lock(_ path: String) throws(Failure) -> (any FileLock)?

  /// Holds the lock of a path together with others, and marks its file as modified now; the file is made if it is not there. Waits a
  /// moment for somebody who has the lock alone.
  ///
  /// - Returns: nil if somebody has it alone for longer, or the file is another by now.
  func share(_ path: String) throws(Failure) -> (any FileLock)?

  /// Names in a folder, sorted; empty for one that does not exist.
  func list(_ path: String) throws(Failure) -> [String]
}

extension FileSystem {
  public func isLink(_ path: String) -> Bool { false }
}
