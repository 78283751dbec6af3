import HostModel
import HostPluginRuntime
import Synchronization

/// The plugins that run now, where they are others than those of the plan. Any thread.
///
/// A plugin that was put in another's place is on trial until some lane has made use of it: if its first use fails, the
/// one before it goes on everywhere.
package final class StageBook: Sendable {
  /// A plugin in its place, as lanes see it. The number tells a lane whether it is still the one that it has.
  struct Current: Sendable {
    var stage: PlannedStage
    var number: Int
  }

  private struct Entry {
    var current: Current
    /// What it took the place of; nil once it has proven itself.
    var before: Current?
  }

  fileprivate struct Place: Hashable {
    var place: SourcePlace
    var kind: PluginKind
  }

  private struct State {
    var entries: [Place: Entry] = [:]
    var lastNumber = 0
  }

  private let state = Mutex(State())

  package init() {}

  func current(_ planned: PlannedStage) -> Current {
    state.withLock { $0.entries[planned.key]?.current ?? Current(stage: planned, number: 0) }
  }

  /// Lanes change over to a plugin as soon as they have nothing of the old one in hand.
  func replace(_ planned: PlannedStage, by stage: PlannedStage) {
    state.withLock { state in
      state.lastNumber += 1
      let old = state.entries[planned.key]
      // What was still on trial is not what one falls back to.
      let before = old.map { $0.before ?? $0.current } ?? Current(stage: planned, number: 0)
      state.entries[planned.key] = Entry(current: Current(stage: stage, number: state.lastNumber), before: before)
    }
  }

  /// A lane has made use of it.
  func prove(_ current: Current) {
    guard current.number > 0 else { return }
    state.withLock { state in
      let key = current.stage.key
      if state.entries[key]?.current.number == current.number { state.entries[key]?.before = nil }
    }
  }

  /// The first use of a plugin has failed.
  ///
  /// - Returns: what goes on in its place; nil if it had proven itself before, and its failure is one like any other.
  func takeBack(_ failed: Current) -> Current? {
    guard failed.number > 0 else { return nil }
    return state.withLock { state in
      let key = failed.stage.key
      guard let entry = state.entries[key] else { return nil }
      // Another lane has taken it back already.
      if entry.current.number != failed.number { return entry.current }
      guard let before = entry.before else { return nil }
      state.entries[key] = Entry(current: before, before: nil)
      return before
    }
  }
}

extension PlannedStage {
  fileprivate var key: StageBook.Place { StageBook.Place(place: place, kind: kind) }
}
