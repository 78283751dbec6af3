import CArrow

/// Arrow arrays as text, checked on the way: what the specification asks for and a reader would crash on.
enum FileRows {
  struct Invalid: Error { var what: String }

  /// `id:l`, `tags:+l<u>`.
  static func columns(_ schema: ArrowSchema) -> [String] {
    (0..<Int(schema.n_children)).compactMap { index in
      schema.children[index].map { String(cString: $0.pointee.name) + ":" + format($0.pointee) }
    }
  }

  private static func format(_ schema: ArrowSchema) -> String {
    let own = String(cString: schema.format)
    if schema.n_children == 0 { return own }
    return own + "<"
      + (0..<Int(schema.n_children)).compactMap { index in
        schema.children[index].map { format($0.pointee) }
      }.joined(separator: ",") + ">"
  }

  static func rows(_ array: ArrowArray, _ schema: ArrowSchema) throws -> [[String]] {
    guard array.n_children == schema.n_children, array.n_buffers == 1, array.null_count == 0 else {
      throw Invalid(what: "the batch")
    }
    try (0..<Int(schema.n_children)).forEach { try check(child($0, of: array), child($0, of: schema), array.length) }
    return try (0..<Int(array.length)).map { row in
      try (0..<Int(schema.n_children)).map { try value(child($0, of: array), child($0, of: schema), row) }
    }
  }

  private static func child(_ index: Int, of array: ArrowArray) throws -> ArrowArray {
    guard let child = array.children[index] else { throw Invalid(what: "a child array is missing") }
    return child.pointee
  }

  private static func child(_ index: Int, of schema: ArrowSchema) throws -> ArrowSchema {
    guard let child = schema.children[index] else { throw Invalid(what: "a child schema is missing") }
    return child.pointee
  }

  private static func check(_ array: ArrowArray, _ schema: ArrowSchema, _ length: Int64) throws {
    let name = String(cString: schema.name)
    guard array.length == length, array.offset == 0 else { throw Invalid(what: "length of \(name)") }
    let nulls = (0..<Int(length)).filter { isNull(array, $0) }.count
    guard array.null_count == Int64(nulls) else { throw Invalid(what: "null count of \(name)") }
    for index in 1..<max(Int(array.n_buffers), 1) where array.buffers[index] == nil {
      throw Invalid(what: "buffer \(index) of \(name)")
    }
    for index in 0..<Int(array.n_children) {
      let isList = String(cString: schema.format) == "+l"
      let inner = isList ? Int64(offset(array, Int(length))) : length
      try check(child(index, of: array), child(index, of: schema), inner)
    }
  }

  private static func isNull(_ array: ArrowArray, _ row: Int) -> Bool {
    guard let bits = array.buffers[0] else { return false }
    return bits.load(fromByteOffset: row >> 3, as: UInt8.self) >> (row & 7) & 1 == 0
  }

  private static func offset(_ array: ArrowArray, _ row: Int) -> Int {
    Int(array.buffers[1]?.load(fromByteOffset: row * 4, as: Int32.self) ?? -1)
  }

  private static func value(_ array: ArrowArray, _ schema: ArrowSchema, _ row: Int) throws -> String {
    if isNull(array, row) { return "NULL" }
    func fixed<Value>(_ type: Value.Type) -> Value? {
      array.buffers[1]?.loadUnaligned(fromByteOffset: row * MemoryLayout<Value>.size, as: type)
    }
    func shown<Value>(_ type: Value.Type) -> String { fixed(type).map { "\($0)" } ?? "?" }
    func bytes() -> [UInt8] {
      let start = offset(array, row)
      return Array(
        UnsafeRawBufferPointer(start: array.buffers[2]?.advanced(by: start), count: offset(array, row + 1) - start))
    }
    let format = String(cString: schema.format)
    switch format {
    case "b":
      return (array.buffers[1]?.load(fromByteOffset: row >> 3, as: UInt8.self) ?? 0) >> (row & 7) & 1 == 1
        ? "true" : "false"
    case "i", "tdD": return shown(Int32.self)
    case "l", "ttu", "tsu:", "tsu:UTC": return shown(Int64.self)
    case "f": return shown(Float.self)
    case "g": return shown(Double.self)
    case "u": return String(decoding: bytes(), as: UTF8.self)
    case "z": return bytes().map { "\($0)" }.joined(separator: " ")
    case "w:16":
      return (0..<16).map { "\(array.buffers[1]?.load(fromByteOffset: row * 16 + $0, as: UInt8.self) ?? 0)" }.joined(
        separator: " ")
    case "+l":
      let range = offset(array, row)..<offset(array, row + 1)
      return "[" + (try range.map { try value(child(0, of: array), child(0, of: schema), $0) }.joined(separator: ", "))
        + "]"
    case "+s":
      let fields = try (0..<Int(schema.n_children)).map { try value(child($0, of: array), child($0, of: schema), row) }
      return "{" + fields.joined(separator: ", ") + "}"
    default: return shown(Int128.self)
    }
  }
}
