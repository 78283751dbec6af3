package import HostModel

/// Record batches as bytes, for the durable queue: what was encoded is decoded with nothing but the bytes.
///
/// ```
/// magic "HRBATCH1" (8), rows (8), length of the schema (4), number of arrays (4)
/// the schema (`SchemaCodec`)
/// the shapes: one byte for each array, depth first: bits 0-2 its offset, bit 3 whether it has validity
/// zeros up to a multiple of 64 bytes
/// the buffers, depth first: validity, then what the type has; each with zeros up to a multiple of 64 bytes
/// ```
///
/// Numbers are little-endian, as the buffers are on every machine that Headrace runs on. All lengths follow from the schema,
/// the rows, the shapes and the offsets of texts and lists; none is stored twice, so that none can contradict another.
///
/// - A batch carries its schema. A queue frees its oldest records and a reader may begin with any: were the schema a record
///   of its own, somebody would have to keep or repeat it. Fifty columns take some 1.5 kB beside a batch of about 1 MiB.
/// - Buffers are copied as they are and only where the batch's rows are. Bits cannot be copied from the middle of a byte, so
///   an array that has some keeps an offset of up to 7; the values in front of it belong to no row.
/// - What lies in the buffers is not looked at when encoding, as nowhere in the host: text that is no UTF-8 and offsets
///   that do not rise are found when decoding.
package enum BatchCodec {
  static let magic: [UInt8] = Array("HRBATCH1".utf8)
  static let headerBytes = 24
  static let alignment = 64
  /// Types may be nested so deep; recursion over them has an end.
  static let deepest = 64

  /// - Throws: a `Failure` with the status `fatal` for an array that does not fit the schema, `unsupported` for types nested
  ///   deeper than 64.
  package static func encode(_ batch: borrowing RecordBatch) throws(Failure) -> [UInt8] {
    let schema = batch.schema
    return try batch.withArray { array throws(Failure) in
      var plan = BatchPlan()
      try plan.add(batch: array.pointee, schema)
      return plan.encoded(SchemaCodec.encode(schema), rows: Int(array.pointee.length))
    }
  }

  /// The batch; its buffers are copied out of the bytes, once, and aligned as Arrow recommends. Nothing is looked at before
  /// it was copied, so the bytes may change meanwhile.
  ///
  /// - Throws: a `Failure` with the status `fatal` for bytes that `encode` has not made, `unsupported` for those of another
  ///   version. Any bytes may be given.
  package static func decode(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> RecordBatch {
    try decode(bytes) { _ in }
  }

  package static func decode(_ bytes: [UInt8]) throws(Failure) -> RecordBatch {
    try bytes.withUnsafeBytes { bytes in Result { () throws(Failure) in BatchBox(try decode(bytes)) } }.get().take()
  }

  /// - Parameter observe: is shown the memory of the buffers.
  static func decode(_ bytes: UnsafeRawBufferPointer, observe: (BatchMemory) -> Void) throws(Failure) -> RecordBatch {
    let head = try BatchHead(Array(bytes.prefix(headerBytes)))
    let body = padded(head.shapesEnd)
    guard body <= bytes.count else { throw malformed("they end in the schema") }
    let described = Array(bytes[headerBytes..<head.shapesEnd])
    let schema = try SchemaCodec.decode(Array(described[..<head.schemaBytes]))
    let memory = BatchMemory(copying: UnsafeRawBufferPointer(rebasing: bytes[body...]))
    observe(memory)
    var reader = BatchReader(shapes: Array(described[head.schemaBytes...]), PackedBuffers(memory))
    return try reader.batch(schema, rows: head.rows, in: memory)
  }

  static func padded(_ count: Int) -> Int { (count + alignment - 1) / alignment * alignment }

  static func malformed(_ what: String) -> Failure {
    Failure(.run, "the bytes are no record batch: \(what)", status: .fatal)
  }

  static func malformed(_ field: Field, _ what: String) -> Failure { malformed("column '\(field.name)': \(what)") }
}

/// What the first bytes of a batch say.
private struct BatchHead {
  var rows: Int
  var schemaBytes: Int
  var shapesEnd: Int

  init(_ bytes: [UInt8]) throws(Failure) {
    guard bytes.count >= BatchCodec.headerBytes, bytes.starts(with: BatchCodec.magic.dropLast()) else {
      throw BatchCodec.malformed("they do not begin as one")
    }
    guard bytes.starts(with: BatchCodec.magic) else {
      throw Failure(
        .run, "the bytes are a batch of another version of Headrace",
        advice: "read them with the version that wrote them", status: .unsupported)
    }
    func number<T: FixedWidthInteger & BitwiseCopyable>(_ place: Int, _ type: T.Type) -> T {
      bytes.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: type)) }
    }
    let rows = number(8, Int64.self)
    guard (0...Int64(Int32.max)).contains(rows) else { throw BatchCodec.malformed("they have \(rows) rows") }
    self.rows = Int(rows)
    schemaBytes = Int(number(16, UInt32.self))
    shapesEnd = BatchCodec.headerBytes + schemaBytes + Int(number(20, UInt32.self))
  }
}

/// How the values of a type lie in memory, by the Arrow columnar format.
enum ArrayStorage {
  case bits
  case fixed(width: Int)
  /// Offsets and bytes.
  case bytes(isText: Bool)
  /// Offsets and the elements.
  case list(Field)
  case members([Field])

  init(_ type: DataType) {
    switch type {
    case .boolean: self = .bits
    case .integer(let bits), .unsigned(let bits): self = .fixed(width: bits / 8)
    case .float, .date: self = .fixed(width: 4)
    case .double, .time, .timestamp: self = .fixed(width: 8)
    case .decimal, .uuid: self = .fixed(width: 16)
    case .fixed(let width): self = .fixed(width: width)
    case .string: self = .bytes(isText: true)
    case .binary: self = .bytes(isText: false)
    case .list(let element): self = .list(element)
    case .map(let key, let value): self = .list(Field("entries", .structure([key, value]), nullable: false))
    case .structure(let fields): self = .members(fields)
    }
  }
}
