package import HostGate
package import HostModel

/// An object store behind the gate: whole objects are asked for again after a transient failure, one that is being
/// written is not, since what its last part has done to it is not known.
package struct GatedStore: ObjectStore {
  private let store: any ObjectStore
  private let calls: ServerCalls

  package init(_ store: any ObjectStore, calls: ServerCalls) {
    self.store = store
    self.calls = calls
  }

  package func location(of key: String) -> String { store.location(of: key) }

  package func key(of location: String) -> String? { store.key(of: location) }

  package func begin(_ key: String) throws(Failure) -> any ObjectUpload {
    let upload = try calls.call { _ throws(Failure) in try store.begin(key) }
    return GatedUpload(upload, calls)
  }

  package func put(_ key: String, _ bytes: [UInt8]) throws(Failure) {
    try calls.call { attempt throws(Failure) in
      do throws(Failure) { try store.put(key, bytes) } catch {
        guard attempt > 1, error.status == .conflict, try holds(key, bytes) else { throw error }
        // An earlier attempt of ours has made it and may have failed to make its name durable.
        try store.replace(key, bytes)
      }
    }
  }

  private func holds(_ key: String, _ bytes: [UInt8]) throws(Failure) -> Bool {
    do throws(Failure) { return try store.get(key, limit: bytes.count) == bytes } catch {
      // Longer than ours: somebody else's.
      guard error.status == .invalidConfig else { throw error }
      return false
    }
  }

  package func replace(_ key: String, _ bytes: [UInt8]) throws(Failure) {
    try calls.call { _ throws(Failure) in try store.replace(key, bytes) }
  }

  package func get(_ key: String, limit: Int) throws(Failure) -> [UInt8] {
    try calls.call { _ throws(Failure) in try store.get(key, limit: limit) }
  }

  package func list(_ prefix: String) throws(Failure) -> [ObjectInfo] {
    try calls.call { _ throws(Failure) in try store.list(prefix) }
  }

  package func delete(_ key: String) throws(Failure) {
    try calls.call { _ throws(Failure) in try store.delete(key) }
  }
}

private final class GatedUpload: ObjectUpload {
  private let upload: any ObjectUpload
  private let calls: ServerCalls

  init(_ upload: any ObjectUpload, _ calls: ServerCalls) {
    self.upload = upload
    self.calls = calls
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    try calls.callOnce { () throws(Failure) in try upload.write(bytes) }
  }

  /// Not repeated: what a failed sync has lost, the next one does not report.
  func finish() throws(Failure) {
    try calls.callOnce { () throws(Failure) in try upload.finish() }
  }

  func abort() { upload.abort() }
}
