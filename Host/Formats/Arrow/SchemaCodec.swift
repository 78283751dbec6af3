package import HostModel

/// A schema as bytes, with all that `Schema` says. Numbers are little-endian.
///
/// ```
/// fields   number (4), and each field
/// field    name (text), flags (1: nullable, 2: has an id, 4: has a comment), id (8), comment (text), type
/// type     tag (1), and what the type has: bits (1), precision and scale (1 each), zone (1), bytes (4), fields
/// text     length (4), UTF-8
/// ```
package enum SchemaCodec {
  fileprivate enum Tag: UInt8 {
    case boolean = 1, integer, unsigned, float, double, decimal, date, time, timestamp, string, binary, fixed, uuid,
      list
    case structure, map
  }

  package static func encode(_ schema: Schema) -> [UInt8] {
    var bytes: [UInt8] = []
    add(schema.fields, to: &bytes)
    return bytes
  }

  /// - Throws: a `Failure` with the status `fatal` for bytes that are no schema, or one that no source could have.
  package static func decode(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> Schema {
    var reader = Reader(bytes: bytes)
    let fields = try reader.fields(depth: 1)
    guard reader.isAtEnd else { throw malformed("has bytes behind its end") }
    guard Set(fields.map(\.name)).count == fields.count else { throw malformed("has two columns of one name") }
    return Schema(fields)
  }

  package static func decode(_ bytes: [UInt8]) throws(Failure) -> Schema {
    try bytes.withUnsafeBytes { bytes in Result { () throws(Failure) in try decode(bytes) } }.get()
  }

  // MARK: Encoding

  private static func add<T: FixedWidthInteger>(_ number: T, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  private static func add(_ text: String, to bytes: inout [UInt8]) {
    add(UInt32(text.utf8.count), to: &bytes)
    bytes.append(contentsOf: text.utf8)
  }

  private static func add(_ fields: [Field], to bytes: inout [UInt8]) {
    add(UInt32(fields.count), to: &bytes)
    for field in fields { add(field, to: &bytes) }
  }

  private static func add(_ field: Field, to bytes: inout [UInt8]) {
    add(field.name, to: &bytes)
    bytes.append((field.isNullable ? 1 : 0) | (field.id == nil ? 0 : 2) | (field.doc == nil ? 0 : 4))
    if let id = field.id { add(Int64(id), to: &bytes) }
    if let doc = field.doc { add(doc, to: &bytes) }
    add(field.type, to: &bytes)
  }

  private static func add(_ type: DataType, to bytes: inout [UInt8]) {
    let tag = tag(type)
    bytes.append(tag.rawValue)
    switch type {
    case .integer(let bits), .unsigned(let bits): bytes.append(UInt8(bits))
    case .decimal(let precision, let scale): bytes += [UInt8(precision), UInt8(scale)]
    case .timestamp(let zoned): bytes.append(zoned ? 1 : 0)
    case .fixed(let width): add(UInt32(width), to: &bytes)
    case .list(let element): add(element, to: &bytes)
    case .structure(let fields): add(fields, to: &bytes)
    case .map(let key, let value):
      add(key, to: &bytes)
      add(value, to: &bytes)
    case .boolean, .float, .double, .date, .time, .string, .binary, .uuid: break
    }
  }

  private static func tag(_ type: DataType) -> Tag {
    switch type {
    case .boolean: .boolean
    case .integer: .integer
    case .unsigned: .unsigned
    case .float: .float
    case .double: .double
    case .decimal: .decimal
    case .date: .date
    case .time: .time
    case .timestamp: .timestamp
    case .string: .string
    case .binary: .binary
    case .fixed: .fixed
    case .uuid: .uuid
    case .list: .list
    case .structure: .structure
    case .map: .map
    }
  }

  fileprivate static func malformed(_ what: String) -> Failure { BatchCodec.malformed("the schema \(what)") }
}

// MARK: Decoding

private struct Reader {
  let bytes: UnsafeRawBufferPointer
  private var place = 0

  init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var isAtEnd: Bool { place == bytes.count }

  mutating func fields(depth: Int) throws(Failure) -> [Field] {
    let count = try number(UInt32.self)
    var fields: [Field] = []
    // Each takes bytes, so that a count that is too large comes to the end of them.
    for _ in 0..<count { fields.append(try field(depth: depth)) }
    return fields
  }

  private mutating func field(depth: Int) throws(Failure) -> Field {
    guard depth <= BatchCodec.deepest else {
      throw SchemaCodec.malformed("has types nested deeper than \(BatchCodec.deepest)")
    }
    let name = try text()
    let flags = try number(UInt8.self)
    guard flags < 8 else { throw SchemaCodec.malformed("has flags \(flags) of a field") }
    let id = flags & 2 == 0 ? nil : Int(try number(Int64.self))
    let doc = flags & 4 == 0 ? nil : try text()
    return Field(name, try type(depth: depth), nullable: flags & 1 != 0, id: id, doc: doc)
  }

  private mutating func type(depth: Int) throws(Failure) -> DataType {
    let raw = try number(UInt8.self)
    switch SchemaCodec.Tag(rawValue: raw) {
    case .boolean: return .boolean
    case .integer: return .integer(bits: try width([8, 16, 32, 64]))
    case .unsigned: return .unsigned(bits: try width([8, 16, 32]))
    case .float: return .float
    case .double: return .double
    case .decimal: return try decimal()
    case .date: return .date
    case .time: return .time
    case .timestamp: return .timestamp(zoned: try width([0, 1]) == 1)
    case .string: return .string
    case .binary: return .binary
    case .fixed:
      let width = try number(UInt32.self)
      guard (1...UInt32(Int32.max)).contains(width) else { throw SchemaCodec.malformed("has fixed[\(width)]") }
      return .fixed(bytes: Int(width))
    case .uuid: return .uuid
    case .list: return .list(try field(depth: depth + 1))
    case .structure: return .structure(try fields(depth: depth + 1))
    // Between a map and its two fields is the struct of its entries.
    case .map: return .map(key: try field(depth: depth + 2), value: try field(depth: depth + 2))
    case nil: throw SchemaCodec.malformed("has a type \(raw)")
    }
  }

  private mutating func width(_ allowed: [UInt8]) throws(Failure) -> Int {
    let width = try number(UInt8.self)
    guard allowed.contains(width) else { throw SchemaCodec.malformed("has a type of width \(width)") }
    return Int(width)
  }

  private mutating func decimal() throws(Failure) -> DataType {
    let (precision, scale) = (Int(try number(UInt8.self)), Int(try number(UInt8.self)))
    guard (1...38).contains(precision), scale <= precision else {
      throw SchemaCodec.malformed("has decimal(\(precision), \(scale))")
    }
    return .decimal(precision: precision, scale: scale)
  }

  private mutating func number<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) throws(Failure) -> T {
    let size = MemoryLayout<T>.size
    guard bytes.count - place >= size else { throw SchemaCodec.malformed("is cut short") }
    defer { place += size }
    return T(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: type))
  }

  private mutating func text() throws(Failure) -> String {
    let count = Int(try number(UInt32.self))
    guard bytes.count - place >= count else { throw SchemaCodec.malformed("is cut short") }
    defer { place += count }
    guard let text = String(validating: bytes[place..<place + count], as: UTF8.self) else {
      throw SchemaCodec.malformed("has a name that is not UTF-8")
    }
    return text
  }
}
