import HostModel

/// A text that was found to be UTF-8 and not too long: what the YAML library is allowed to see.
struct YAMLText {
  let file: String
  /// Without the byte order mark, so that the first character has column 1.
  let bytes: [UInt8]
  let scalars: [Unicode.Scalar]
  /// Behind the last character.
  private let end: SourcePlace

  init(_ original: [UInt8], file: String, limits: YAMLLimits) throws(YAMLSyntaxError) {
    self.file = file
    guard original.count <= limits.maximumBytes else {
      throw YAMLSyntaxError(
        SourcePlace(file: file, line: 0, column: 0),
        "the file has \(original.count) bytes, the limit is \(limits.maximumBytes)")
    }
    let hasMark = original.starts(with: [0xEF, 0xBB, 0xBF])
    bytes = hasMark ? Array(original.dropFirst(3)) : original
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw YAMLSyntaxError(
        Self.firstInvalid(bytes, file), "this is not UTF-8 text", suggestion: "save the file as UTF-8")
    }
    scalars = Array(text.unicodeScalars)
    end = Self.end(of: scalars, file)
  }

  private static func end(of scalars: [Unicode.Scalar], _ file: String) -> SourcePlace {
    var place = SourcePlace(file: file, line: 1, column: 1)
    for (index, scalar) in scalars.enumerated() {
      if scalar.endsYAMLLine, !(scalar == "\r" && index + 1 < scalars.count && scalars[index + 1] == "\n") {
        place.line += 1
        place.column = 1
      } else {
        place.column += 1
      }
    }
    return place
  }

  /// A mark of the library counts lines and columns from 0. At the end of a text whose last line has no line break, it
  /// tells of a line that is not there.
  func place(line: Int, column: Int) -> SourcePlace {
    line + 1 > end.line ? end : SourcePlace(file: file, line: line + 1, column: column + 1)
  }

  /// The place of a byte.
  func place(ofByte offset: Int) -> SourcePlace { Self.place(ofByte: offset, bytes, file) }

  private static func firstInvalid(_ bytes: [UInt8], _ file: String) -> SourcePlace {
    var decoder = UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var offset = 0
    while case .valid(let unit) = decoder.parseScalar(from: &iterator) { offset += unit.count }
    return place(ofByte: offset, bytes, file)
  }

  private static func place(ofByte offset: Int, _ bytes: [UInt8], _ file: String) -> SourcePlace {
    var place = SourcePlace(file: file, line: 1, column: 1)
    for byte in bytes.prefix(offset) {
      if byte == UInt8(ascii: "\n") {
        place.line += 1
        place.column = 1
      } else if byte & 0xC0 != 0x80 {
        place.column += 1
      }
    }
    return place
  }
}

extension Unicode.Scalar {
  /// What libyaml, by YAML 1.1, counts as the end of a line.
  var endsYAMLLine: Bool {
    self == "\n" || self == "\r" || self == "\u{85}" || self == "\u{2028}" || self == "\u{2029}"
  }
}
