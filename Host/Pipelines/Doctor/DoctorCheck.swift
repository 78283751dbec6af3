package import HostFormats

/// One thing that was looked at, and what to do about it.
package struct DoctorCheck: Sendable, Equatable {
  package enum State: String, Sendable {
    case ok
    /// Works, but not for everything or not for long.
    case warning
    /// Headrace cannot do its work without it.
    case missing
  }

  /// `machine`, `home`, `plugins`, `libraries`, `readers` or `pipeline`.
  package var area: String
  package var name: String
  package var state: State
  /// What was found, such as a version.
  package var found: String
  /// What to do about it; nil where nothing is to be done.
  package var advice: String?

  package init(_ area: String, _ name: String, _ state: State, _ found: String, advice: String? = nil) {
    self.area = area
    self.name = name
    self.state = state
    self.found = found
    self.advice = advice
  }

  package var json: JSONValue {
    .object([
      "area": .string(area), "name": .string(name), "state": .string(state.rawValue), "found": .string(found),
      "advice": advice.map { .string($0) } ?? .null,
    ])
  }
}
