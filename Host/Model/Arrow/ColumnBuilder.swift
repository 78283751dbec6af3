public import CArrow

/// A column that the host itself makes: metadata columns, dead letters, findings. Plugins have builders of their own.
public struct ColumnBuilder: ~Copyable {
  public enum Kind: Sendable { case string, binary, long, int, float, double, decimal, timestamp }

  private let kind: Kind
  private var validity: [UInt8] = []
  private var offsets: [Int32] = [0]
  private var bytes: [UInt8] = []
  private var count = 0
  private var nullCount = 0

  public init(_ kind: Kind) { self.kind = kind }

  /// Appends text or bytes, or null.
  public mutating func append<Bytes: Collection>(_ value: Bytes?) where Bytes.Element == UInt8 {
    begin(isNull: value == nil)
    if let value { bytes.append(contentsOf: value) }
    offsets.append(Int32(bytes.count))
  }

  public mutating func append(_ value: String?) { append(value?.utf8) }

  /// Appends a number or a time in microseconds, or null.
  public mutating func append(_ value: Int64?) {
    begin(isNull: value == nil)
    if kind == .int {
      withUnsafeBytes(of: Int32(truncatingIfNeeded: value ?? 0)) { bytes.append(contentsOf: $0) }
    } else {
      withUnsafeBytes(of: value ?? 0) { bytes.append(contentsOf: $0) }
    }
  }

  public mutating func append(_ value: Double?) {
    begin(isNull: value == nil)
    withUnsafeBytes(of: value ?? 0) { bytes.append(contentsOf: $0) }
  }

  public mutating func append(_ value: Float) {
    begin(isNull: false)
    withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
  }

  /// Appends the unscaled number of a decimal.
  public mutating func append(_ value: Int128) {
    begin(isNull: false)
    withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
  }

  /// Appends a null, of whatever kind the column is.
  public mutating func appendNull() {
    begin(isNull: true)
    switch kind {
    case .string, .binary: offsets.append(Int32(bytes.count))
    case .int, .float: bytes.append(contentsOf: [0, 0, 0, 0])
    case .long, .double, .timestamp: bytes.append(contentsOf: [0, 0, 0, 0, 0, 0, 0, 0])
    case .decimal: bytes.append(contentsOf: [UInt8](repeating: 0, count: 16))
    }
  }

  private mutating func begin(isNull: Bool) {
    if count % 8 == 0 { validity.append(0) }
    if isNull { nullCount += 1 } else { validity[count / 8] |= 1 << (count % 8) }
    count += 1
  }

  /// Ends the building and gives the column as an Arrow array.
  public consuming func finish() -> OwnedArray {
    let valid = nullCount == 0 ? nil : validity
    if kind == .string || kind == .binary {
      let encoded = offsets.withUnsafeBytes { Array($0) }
      return OwnedArray(length: count, nullCount: nullCount, buffers: [valid, encoded, bytes])
    }
    return OwnedArray(length: count, nullCount: nullCount, buffers: [valid, bytes])
  }

  /// A column that holds the same number in every row.
  public static func constant(_ value: Int64, count: Int) -> OwnedArray {
    let values = [Int64](repeating: value, count: count).withUnsafeBytes { Array($0) }
    return OwnedArray(length: count, nullCount: 0, buffers: [nil, values])
  }

  /// A column that holds the same text in every row.
  public static func constant(_ text: String, count: Int) -> OwnedArray {
    var builder = ColumnBuilder(.string)
    for _ in 0..<count { builder.append(text) }
    return builder.finish()
  }
}

/// An Arrow array made by the host: it owns its buffers and children until it is released.
public struct OwnedArray: ~Copyable, @unchecked Sendable {
  private var array: ArrowArray

  /// What the release callback frees.
  private final class Storage {
    var memory: [UnsafeMutableRawPointer] = []
    let buffers: UnsafeMutablePointer<UnsafeRawPointer?>
    var children: UnsafeMutablePointer<UnsafeMutablePointer<ArrowArray>?>?
    var childCount = 0

    init(bufferCount: Int) { buffers = .allocate(capacity: max(1, bufferCount)) }

    deinit {
      for block in memory { block.deallocate() }
      buffers.deallocate()
      for index in 0..<childCount {
        guard let child = children?[index] else { continue }
        child.pointee.release?(child)
        child.deallocate()
      }
      children?.deallocate()
    }
  }

  /// An array without children; a nil buffer stays NULL.
  public init(length: Int, nullCount: Int, buffers contents: [[UInt8]?]) {
    let storage = Storage(bufferCount: contents.count)
    for (index, content) in contents.enumerated() {
      guard let content else {
        (storage.buffers + index).initialize(to: nil)
        continue
      }
      let block = UnsafeMutableRawPointer.allocate(byteCount: max(64, content.count), alignment: 64)
      block.copyMemory(from: content, byteCount: content.count)
      storage.memory.append(block)
      (storage.buffers + index).initialize(to: UnsafeRawPointer(block))
    }
    array = Self.make(length: length, nullCount: nullCount, bufferCount: contents.count, storage: storage)
  }

  /// A struct array over children, which it takes over. `offset` counts in the children.
  public init(rows: Int, offset: Int = 0, adopting children: [ArrowArray]) {
    let storage = Storage(bufferCount: 1)
    storage.buffers.initialize(to: nil)
    let slots = UnsafeMutablePointer<UnsafeMutablePointer<ArrowArray>?>.allocate(capacity: max(1, children.count))
    for (index, child) in children.enumerated() {
      let node = UnsafeMutablePointer<ArrowArray>.allocate(capacity: 1)
      node.initialize(to: child)
      (slots + index).initialize(to: node)
    }
    storage.children = slots
    storage.childCount = children.count
    array = Self.make(length: rows, nullCount: 0, bufferCount: 1, storage: storage)
    array.offset = Int64(offset)
    array.n_children = Int64(children.count)
    array.children = slots
  }

  private static func make(length: Int, nullCount: Int, bufferCount: Int, storage: Storage) -> ArrowArray {
    ArrowArray(
      length: Int64(length), null_count: Int64(nullCount), offset: 0, n_buffers: Int64(bufferCount), n_children: 0,
      buffers: storage.buffers, children: nil, dictionary: nil,
      release: { array in
        guard let array, let storage = array.pointee.private_data else { return }
        array.pointee.release = nil
        Unmanaged<Storage>.fromOpaque(storage).release()
      }, private_data: Unmanaged.passRetained(storage).toOpaque())
  }

  /// Gives the array away; the receiver releases it.
  public consuming func take() -> ArrowArray {
    let taken = array
    array.release = nil
    return taken
  }

  deinit {
    guard array.release != nil else { return }
    var last = array
    last.release?(&last)
  }
}
