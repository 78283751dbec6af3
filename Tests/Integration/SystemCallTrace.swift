import Foundation

/// What `strace -f -y` saw of one run: the calls that make files durable or visible, in order.
struct SystemCallTrace {
  struct Call {
    let name: String
    /// As strace prints it: descriptors with their paths, strings in quotes.
    let arguments: String
    /// The line at which the call began, and the one at which it had returned.
    let began: Int
    var ended: Int
  }

  private(set) var calls: [Call] = []

  init(_ text: String) {
    var open: [Substring: Int] = [:]
    for (number, line) in text.split(separator: "\n").enumerated() {
      let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
      guard parts.count == 2 else { continue }
      let rest = parts[1].drop { $0 == " " }
      if rest.hasPrefix("<... ") {
        if let index = open.removeValue(forKey: parts[0]) { calls[index].ended = number }
        continue
      }
      guard let bracket = rest.firstIndex(of: "(") else { continue }
      let isOpen = rest.hasSuffix("<unfinished ...>")
      if isOpen { open[parts[0]] = calls.count }
      calls.append(
        Call(
          name: String(rest[..<bracket]), arguments: String(rest[bracket...]), began: number,
          ended: isOpen ? .max : number))
    }
  }

  /// The line by which an object was durable under its name: its bytes synced, then renamed, then its folder synced.
  func durable(_ path: String) -> Int? {
    let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    guard let renamed = calls.first(where: { $0.name.hasPrefix("rename") && $0.arguments.contains("\"\(path)\"") }),
      calls.contains(where: {
        $0.name.hasSuffix("sync") && $0.arguments.contains("<\(path).") && $0.ended < renamed.began
      })
    else { return nil }
    return calls.first {
      $0.name.hasSuffix("sync") && $0.arguments.contains("<\(folder)>") && $0.began > renamed.ended
    }?.ended
  }

  /// The line at which the catalog was first told of a name.
  func announced(_ name: String) -> Int? {
    calls.first {
      $0.name.hasPrefix("pwrite") && $0.arguments.contains("/catalog.db") && $0.arguments.contains(name)
    }?.began
  }

  /// Whether the catalog's log was synced after a line.
  func isLogSynced(after line: Int) -> Bool {
    calls.contains {
      $0.name.hasSuffix("sync") && $0.arguments.contains("/catalog.db-wal>") && $0.began > line
    }
  }
}
