import HostModel
import HostPluginRuntime
import Synchronization

/// The plugins that run now, where they are others than those of the plan. Any thread.
///
/// A plugin that was put in another's place is on trial until a lane has done two batches by it. It does the first one in a
/// rehearsal: in a worker, where a crash or a hang costs nothing, and where no breaker opens for it. The second one it does,
/// still on trial, where it belongs. If it fails before that, the one before it goes on everywhere, and it is not offered
/// again.
package final class StageBook: Sendable {
  /// A plugin in its place, as lanes see it. The number tells a lane whether it is still the one that it has.
  struct Current: Sendable {
    var stage: PlannedStage
    var number: Int
  }

  /// A plugin for somebody's place.
  struct Candidate: Sendable {
    var stage: PlannedStage
    /// The same, for its first batch.
    var rehearsal: PlannedStage
    var offer: PluginOffer
  }

  private struct Entry {
    var current: Current
    /// What it took the place of; nil once it has proven itself.
    var before: Current?
    /// Where it goes on after its rehearsal; nil once a lane has done a batch by that.
    var rehearsed: PlannedStage?
    /// The number that it had in its rehearsal.
    var rehearsal: Int?
    var offer: PluginOffer?
    /// What was refused or taken back.
    var declined: PluginOffer?

    /// Where a plugin stands that some lane has. What one finds out in the rehearsal counts until another has proven the
    /// plugin where it belongs.
    func standing(of stage: Current) -> Standing {
      if stage.number == current.number || stage.number == rehearsal { return before == nil ? .proven : .onTrial }
      return stage.number == before?.number ? .proven : .gone
    }
  }

  private enum Standing { case onTrial, proven, gone }

  fileprivate struct Place: Hashable {
    var place: SourcePlace
    var kind: PluginKind
  }

  private struct State {
    var entries: [Place: Entry] = [:]
    var lastNumber = 0

    mutating func number(_ stage: PlannedStage) -> Current {
      lastNumber += 1
      return Current(stage: stage, number: lastNumber)
    }
  }

  private let state = Mutex(State())

  package init() {}

  func current(_ planned: PlannedStage) -> Current {
    state.withLock { $0.entries[planned.key]?.current ?? Current(stage: planned, number: 0) }
  }

  /// What the place is on its way to: beyond a rehearsal.
  func goal(_ planned: PlannedStage) -> PlannedStage {
    state.withLock { $0.entries[planned.key].map { $0.rehearsed ?? $0.current.stage } ?? planned }
  }

  /// The last one that has done a batch here.
  func proven(_ planned: PlannedStage) -> Current {
    state.withLock { state in
      state.entries[planned.key].map { $0.before ?? $0.current } ?? Current(stage: planned, number: 0)
    }
  }

  // MARK: Offers

  /// Whether the same was refused or taken back, and nothing else was offered since.
  func hasDeclined(_ offer: PluginOffer, for planned: PlannedStage) -> Bool {
    state.withLock { state in
      guard let declined = state.entries[planned.key]?.declined else { return false }
      if declined == offer { return true }
      // Whoever goes back to what works, and then offers this once more, wants it to be tried.
      state.entries[planned.key]?.declined = nil
      return false
    }
  }

  func decline(_ offer: PluginOffer, for planned: PlannedStage) {
    state.withLock { state in
      let known = state.entries[planned.key] ?? Entry(current: Current(stage: planned, number: 0))
      state.entries[planned.key] = known
      state.entries[planned.key]?.declined = offer
    }
  }

  /// Lanes change over to a plugin as soon as they have nothing of the old one in hand.
  func replace(_ planned: PlannedStage, by next: Candidate) {
    state.withLock { state in
      let old = state.entries[planned.key]
      // What was still on trial is not what one falls back to.
      let before = old.map { $0.before ?? $0.current } ?? Current(stage: planned, number: 0)
      let current = state.number(next.rehearsal)
      state.entries[planned.key] = Entry(
        current: current, before: before, rehearsed: next.stage, rehearsal: current.number, offer: next.offer)
    }
  }

  // MARK: Trial

  /// A lane has done a batch by it.
  ///
  /// - Returns: whether its trial is over.
  func prove(_ current: Current) -> Bool {
    guard current.number > 0 else { return true }
    return state.withLock { state in
      let key = current.stage.key
      guard var entry = state.entries[key] else { return false }
      if entry.current.number == current.number {
        if let stage = entry.rehearsed {
          entry.current = state.number(stage)
          entry.rehearsed = nil
        } else {
          entry.before = nil
        }
        state.entries[key] = entry
      }
      return entry.standing(of: current) == .proven
    }
  }

  /// What a place goes on with.
  struct Return: Sendable {
    var current: Current
    /// Whether this failure was the first to be told of.
    var isFirst: Bool
  }

  /// The first batch of a plugin has failed.
  ///
  /// - Returns: nil if it had proven itself before, and its failure is one like any other.
  func takeBack(_ failed: Current) -> Return? {
    guard failed.number > 0 else { return nil }
    return state.withLock { state in
      let key = failed.stage.key
      guard let entry = state.entries[key] else { return nil }
      let standing = entry.standing(of: failed)
      if standing == .onTrial, let before = entry.before {
        state.entries[key] = Entry(current: before, declined: entry.offer)
        return Return(current: before, isFirst: true)
      }
      // Another lane has taken it back already, or has proven it where it belongs.
      if standing == .gone || failed.number == entry.rehearsal { return Return(current: entry.current, isFirst: false) }
      return nil
    }
  }
}

extension PlannedStage {
  fileprivate var key: StageBook.Place { StageBook.Place(place: place, kind: kind) }
}
