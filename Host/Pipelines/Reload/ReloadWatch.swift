package import HostModel
import Synchronization

/// Decides when files are to be read again: when one of them has changed, or when somebody asks. Any thread.
package final class ReloadWatch: Sendable {
  private struct Stamp: Sendable, Equatable {
    var size: Int64
    var modified: WallTime
  }

  private struct State: Sendable {
    var seen: [String: Stamp] = [:]
    var isAsked = false
  }

  private let files: any FileSystem
  /// Files, and folders whose files count.
  private let paths: [String]
  private let state: Mutex<State>

  package init(_ paths: [String], files: any FileSystem) {
    self.paths = paths
    self.files = files
    state = Mutex(State())
    let seen = look()
    state.withLock { $0.seen = seen }
  }

  /// Somebody wants the files to be read again, whatever they are.
  package func ask() { state.withLock { $0.isAsked = true } }

  /// Whether it is time; tells it once.
  package func isDue() -> Bool {
    let seen = look()
    return state.withLock { state in
      defer {
        state.seen = seen
        state.isAsked = false
      }
      return state.isAsked || state.seen != seen
    }
  }

  private func look() -> [String: Stamp] {
    var seen: [String: Stamp] = [:]
    for path in paths {
      guard let info = try? files.info(path) else { continue }
      let all = info.kind == .directory ? ((try? files.list(path)) ?? []).map { "\(path)/\($0)" } : [path]
      for path in all {
        guard let info = try? files.info(path), info.kind == .file else { continue }
        seen[path] = Stamp(size: info.size, modified: info.modified)
      }
    }
    return seen
  }
}
