/// Why table metadata cannot be read, or a table cannot take what was asked of it.
package struct IcebergError: Error, Sendable, Hashable, CustomStringConvertible {
  package var message: String
  /// What to do about it.
  package var advice: String?

  package init(_ message: String, advice: String? = nil) {
    self.message = message
    self.advice = advice
  }

  package var description: String { message + (advice.map { "; \($0)" } ?? "") }
}
