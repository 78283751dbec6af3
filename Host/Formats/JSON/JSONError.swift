/// Why a text is no JSON document, and where.
package struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Bytes before the mistake.
  package var offset: Int
  /// Counts from 1.
  package var line: Int
  /// Counts characters (Unicode scalars) from 1.
  package var column: Int
  package var message: String

  package init(offset: Int, line: Int, column: Int, message: String) {
    self.offset = offset
    self.line = line
    self.column = column
    self.message = message
  }

  /// Finds line and column of an offset in a text.
  init(at offset: Int, of text: [UInt8], _ message: String) {
    var line = 1
    var column = 1
    for byte in text.prefix(offset) {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    self.init(offset: offset, line: line, column: column, message: message)
  }

  package var description: String { "\(line):\(column): \(message)" }
}
