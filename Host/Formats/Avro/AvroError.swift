/// Why bytes are no Avro container that we can read, or a value does not fit its schema.
package struct AvroError: Error, Sendable, Hashable, CustomStringConvertible {
  package var message: String
  /// Bytes from the start of the file or block, where the mistake has a place.
  package var offset: Int?

  package init(_ message: String, at offset: Int? = nil) {
    self.message = message
    self.offset = offset
  }

  package var description: String { message + (offset.map { " (at byte \($0))" } ?? "") }
}
