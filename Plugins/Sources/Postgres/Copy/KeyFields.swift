/// Finds the key in a tuple of the COPY and reads it in PostgreSQL's text form. For the last row of a batch and for bad
/// rows only.
struct KeyFields {
  enum Form {
    case integer, uuid, text
  }

  /// By position in the tuple, in the order of the key.
  let fields: [(index: Int, form: Form)]

  /// Nil if the tuple is not what was selected.
  func values(of tuple: UnsafeRawBufferPointer) -> [String]? {
    var result: [String] = []
    for field in fields {
      guard let bytes = Self.field(field.index, of: tuple), let value = Self.text(bytes, field.form) else { return nil }
      result.append(value)
    }
    return result
  }

  private static func field(_ index: Int, of tuple: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard let base = tuple.baseAddress else { return nil }
    var at = 2
    for current in 0...index {
      guard at + 4 <= tuple.count else { return nil }
      let length = Int((base + at).bigEndian(Int32.self))
      at += 4
      guard length >= 0, at + length <= tuple.count else {
        if length == -1, current < index { continue }
        return nil
      }
      if current == index { return UnsafeRawBufferPointer(start: base + at, count: length) }
      at += length
    }
    return nil
  }

  private static func text(_ bytes: UnsafeRawBufferPointer, _ form: Form) -> String? {
    guard let base = bytes.baseAddress else { return nil }
    switch form {
    case .text: return String(decoding: bytes, as: UTF8.self)
    case .uuid: return bytes.count == 16 ? uuid(bytes) : nil
    case .integer:
      switch bytes.count {
      case 2: return String(base.bigEndian(Int16.self))
      case 4: return String(base.bigEndian(Int32.self))
      case 8: return String(base.bigEndian(Int64.self))
      default: return nil
      }
    }
  }

  private static func uuid(_ bytes: UnsafeRawBufferPointer) -> String {
    var text = ""
    for (index, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(index) { text += "-" }
      text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    return text
  }
}
