package import HostModel

/// A value with the place where it was written, for checks that happen after the file was read.
package struct Placed<Value: Sendable>: Sendable {
  package var value: Value
  package var place: SourcePlace
  /// The value came from the environment or a file, so messages must not quote it.
  package var isSecret: Bool

  package init(_ value: Value, at place: SourcePlace, isSecret: Bool = false) {
    self.value = value
    self.place = place
    self.isSecret = isSecret
  }

  /// A text about the value as a message may show it.
  package func shown(_ text: String) -> String { isSecret ? "that is not shown" : quoted(text) }
}

extension Placed: Equatable where Value: Equatable {}
extension Placed: Hashable where Value: Hashable {}
