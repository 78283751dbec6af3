package import HostModel

/// The mistakes found so far in a file. Beyond its limit they are only counted: a file of a million wrong keys must not
/// become a million messages.
package struct YAMLMistakes: Sendable {
  package private(set) var diagnostics: [Diagnostic] = []
  private let limit: Int
  private var uncounted = 0

  package init(limit: Int = YAMLLimits().maximumDiagnostics) { self.limit = limit }

  package mutating func add(_ place: SourcePlace, _ message: String, suggestion: String? = nil) {
    add(Diagnostic(at: place, message, suggestion: suggestion))
  }

  package mutating func add(_ diagnostic: Diagnostic) {
    if diagnostics.count < limit { diagnostics.append(diagnostic) } else { uncounted += 1 }
  }

  package mutating func add(_ more: [Diagnostic]) {
    for diagnostic in more { add(diagnostic) }
  }

  /// Adds those of another reading of the same file, except at some places.
  package mutating func add(_ others: YAMLMistakes, except places: Set<SourcePlace>) {
    add(others.diagnostics.filter { !places.contains($0.place) })
    uncounted += others.uncounted
  }

  package var hasErrors: Bool { uncounted > 0 || diagnostics.contains { $0.severity == .error } }

  /// All of them in the order of the file, with a last line about those that are only counted.
  package var all: [Diagnostic] {
    var sorted = diagnostics.enumerated().sorted { a, b in
      let (left, right) = (a.element.place, b.element.place)
      return (left.line, left.column, a.offset) < (right.line, right.column, b.offset)
    }.map(\.element)
    if uncounted > 0, let file = sorted.first?.place.file {
      let place = SourcePlace(file: file, line: 0, column: 0)
      sorted.append(Diagnostic(at: place, "\(uncounted) more mistakes are not shown"))
    }
    return sorted
  }
}
