import Foundation

/// What a run tells on its event stream, read while it is written.
package struct RunEvents {
  package struct Event: Equatable {
    package let name: String
    package let text: String
  }

  private let path: String
  private var offset: UInt64 = 0
  private var rest = ""
  /// Everything read so far, in order.
  package private(set) var all: [Event] = []

  package init(path: String) { self.path = path }

  /// Reads what was added since; half a line is left for the next time.
  package mutating func read() {
    guard let file = FileHandle(forReadingAtPath: path) else { return }
    defer { try? file.close() }
    guard (try? file.seek(toOffset: offset)) != nil, let data = try? file.readToEnd(), !data.isEmpty else { return }
    offset += UInt64(data.count)
    rest += String(decoding: data, as: UTF8.self)
    var lines = rest.split(separator: "\n", omittingEmptySubsequences: false)
    rest = String(lines.removeLast())
    all += lines.map { Event(name: Self.name(in: $0), text: String($0)) }
  }

  /// The event's name is the first member of every line.
  private static func name(in line: Substring) -> String {
    let parts = line.split(separator: "\"", maxSplits: 4)
    return parts.count > 3 && parts[1] == "event" ? String(parts[3]) : ""
  }

  package func count(_ name: String) -> Int { all.count { $0.name == name } }

  /// The number of the last commit that was announced as made, and whether one was under way after it.
  package var hasOpenCommit: Bool {
    let last = all.last { ["file_closed", "commit_started", "commit_finished", "fenced"].contains($0.name) }
    return last?.name == "file_closed" || last?.name == "commit_started"
  }
}
