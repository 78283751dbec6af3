import HostFormats
package import HostModel
import HostPolicy

/// An event of a replayed trace: what a timeline shows and expectations are compared with.
package struct TimelineEvent: Sendable, Equatable, CustomStringConvertible {
  package struct Member: Sendable, Equatable {
    package let key: String
    package let value: String
  }

  package let at: Duration
  package let kind: TraceFile.Watched
  package let members: [Member]

  init(_ kind: TraceFile.Watched, at: Duration, _ members: [(String, String)]) {
    self.at = at
    self.kind = kind
    self.members = members.map { Member(key: $0.0, value: $0.1) }
  }

  /// As a line of a trace file: `{at: 4s, breaker: pg, from: closed, to: open, cause: failure_rate}`.
  package var description: String {
    "{at: \(at.wholeMilliseconds), " + members.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "}"
  }

  func meets(_ expected: ExpectedEvent) -> Bool {
    if let time = expected.at, time.wholeMilliseconds != at.wholeMilliseconds { return false }
    return expected.members.allSatisfy { wanted in
      members.contains { $0.key == wanted.key && $0.value == wanted.value }
    }
  }
}

extension Duration {
  /// As a file writes it; a file cannot say less than a millisecond.
  var wholeMilliseconds: String { Units.durationText(.milliseconds(wholeNanoseconds / 1_000_000)) }
}

/// What a replay came to, and how it differs from what was expected.
package struct TraceResult: Sendable {
  package var timeline: [TimelineEvent] = []
  /// Letters by dependency, in the order in which the calls began.
  package var outcomes: [String: String] = [:]

  /// Compares with the file's expectations.
  ///
  /// - Returns: an error for each difference, at the place of what was expected.
  package func differences(from file: TraceFile, end: SourcePlace) -> [Diagnostic] {
    var found: [Diagnostic] = []
    for (number, expected) in file.expect.enumerated() {
      guard number < timeline.count else {
        found.append(Diagnostic(at: expected.place, "the timeline ends before this event"))
        continue
      }
      if !timeline[number].meets(expected) {
        found.append(Diagnostic(at: expected.place, "the timeline has \(timeline[number]) here"))
      }
    }
    for event in timeline.dropFirst(file.expect.count) {
      found.append(Diagnostic(at: end, "the timeline goes on with \(event), which is not expected"))
    }
    for (name, text) in file.outcomes.sorted(by: { $0.key < $1.key }) {
      let wanted = text.value.filter { $0 != " " }
      let got = outcomes[name] ?? ""
      if wanted != got { found.append(Diagnostic(at: text.place, "the calls of \(quoted(name)) ended as \(got)")) }
    }
    return found
  }
}
