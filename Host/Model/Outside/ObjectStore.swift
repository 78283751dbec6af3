/// An object being written. It does not exist for readers before `finish`.
public protocol ObjectUpload: AnyObject {
  /// Appends all of the bytes.
  func write(_ bytes: UnsafeRawBufferPointer) throws(Failure)

  /// Makes the object exist and durable, its name included.
  func finish() throws(Failure)

  /// Gives the object up. After `finish` it does nothing.
  func abort()
}

public struct ObjectInfo: Sendable, Equatable {
  public var key: String
  public var size: Int64
  public var modified: WallTime

  public init(key: String, size: Int64, modified: WallTime) {
    self.key = key
    self.size = size
    self.modified = modified
  }
}

/// Where the lake keeps its objects: a folder, or S3. Keys are relative, with `/` between their parts and no part that
/// is empty, `.` or `..`. Objects are written once and never changed.
public protocol ObjectStore: Sendable {
  /// The absolute URI of a key, as it is written into table metadata.
  func location(of key: String) -> String

  /// The key of a location in this store; nil for one elsewhere.
  func key(of location: String) -> String?

  func begin(_ key: String) throws(Failure) -> any ObjectUpload

  /// Writes a whole object, durable when it returns. Fails with `conflict` if the key exists.
  func put(_ key: String, _ bytes: [UInt8]) throws(Failure)

  /// Replaces a whole object, durable when it returns: for hints, never for data.
  func replace(_ key: String, _ bytes: [UInt8]) throws(Failure)

  /// Fails with `notFound`, or with `invalidConfig` when the object is longer than `limit` bytes.
  func get(_ key: String, limit: Int) throws(Failure) -> [UInt8]

  /// Objects whose keys begin with `prefix`, sorted.
  func list(_ prefix: String) throws(Failure) -> [ObjectInfo]

  /// Does nothing if there is no such object.
  func delete(_ key: String) throws(Failure)
}
