/// Something that changed a `MemoryFileSystem`, or made a change durable. The n-th of them, counted from 0, is what faults
/// are set by.
package enum FileOperation: Sendable, Hashable, CustomStringConvertible {
  case create(String)
  case write(String, bytes: Int)
  case sync(String)
  case makeDirectory(String)
  case syncDirectory(String)
  case rename(String, to: String)
  case remove(String)

  package var description: String {
    switch self {
    case .create(let path): "create \(path)"
    case .write(let path, let bytes): "write \(path) \(bytes)"
    case .sync(let path): "sync \(path)"
    case .makeDirectory(let path): "mkdir \(path)"
    case .syncDirectory(let path): "syncdir \(path)"
    case .rename(let source, let destination): "rename \(source) \(destination)"
    case .remove(let path): "remove \(path)"
    }
  }

  var path: String {
    switch self {
    case .create(let path), .write(let path, _), .sync(let path), .makeDirectory(let path), .syncDirectory(let path),
      .rename(let path, _), .remove(let path):
      path
    }
  }
}

/// What goes wrong in a `MemoryFileSystem`.
package enum FileFault: Sendable, Hashable {
  /// No more than this many bytes can be written, all files together.
  case diskFull(after: Int)
  /// Operation n fails and changes nothing.
  case failure(at: Int)
  /// The process is gone when it asks for operation n: neither that nor anything later happens.
  case crashBefore(Int)
  /// Operation n happens, and the process is gone before it learns of it.
  case crashAfter(Int)
  /// The process is gone within operation n: of a write a part is done, anything else happens or does not, by the seed.
  case crashWithin(Int)
}

/// What a crash takes away.
package enum CrashLoss: Sendable, CaseIterable {
  /// The process was killed: what it did stands, and what was not durable is still not.
  case nothing
  /// The power failed: nothing that was not durable is left.
  case everythingUnsynced
  /// The power failed: of what was not durable some is left, by the seed.
  case someUnsynced
}
