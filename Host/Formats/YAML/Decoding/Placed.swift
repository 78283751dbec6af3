package import HostModel

/// A value with the place where it was written, for checks that happen after the file was read.
package struct Placed<Value: Sendable>: Sendable {
  package var value: Value
  package var place: SourcePlace

  package init(_ value: Value, at place: SourcePlace) {
    self.value = value
    self.place = place
  }
}

extension Placed: Equatable where Value: Equatable {}
extension Placed: Hashable where Value: Hashable {}
