import Foundation

/// A run of a pipeline that is watched by what it tells, so that a test can act at a known moment of it.
package struct FollowedRun {
  package let process: HeadraceProcess
  package private(set) var events: RunEvents

  package init(_ project: HeadraceProject) throws {
    let path = project.newEvents()
    process = try project.start(events: path)
    events = RunEvents(path: path)
  }

  /// Waits until the run has told of `event` `count` times, or has ended.
  package mutating func wait(for event: String, count: Int = 1) {
    while process.isRunning, events.count(event) < count {
      usleep(300)
      events.read()
    }
  }

  /// Reads what it has told since.
  package mutating func read() { events.read() }

  /// Kills it at `moment`.
  ///
  /// - Returns: how it ended, which may have been before that moment; `events` then holds all that it told.
  package mutating func kill(at moment: KillMoment) throws -> HeadraceProcess.End {
    wait(for: moment.event, count: moment.count)
    usleep(moment.delay)
    process.signal(SIGKILL)
    let end = try process.wait()
    events.read()
    return end
  }
}

/// A moment of a run.
package struct KillMoment {
  /// After this event was told `count` times.
  package let event: String
  package let count: Int
  /// So many microseconds later.
  package let delay: UInt32

  package init(event: String, count: Int = 1, delay: UInt32) {
    self.event = event
    self.count = count
    self.delay = delay
  }
}

/// Moments to kill runs at: random ones, of which each round has all events in an order of its own, so that luck alone leaves
/// none out.
package struct KillMoments {
  private let events: [String]
  private let counts: ClosedRange<Int>
  private let delays: ClosedRange<UInt32>
  private var round: [String] = []
  private var random: SeededGenerator

  /// - Parameters:
  ///   - events: what to kill after; several times where it is to come more often.
  ///   - counts: of how many of them, but for commits that are made: a busy machine gathers many rows into few of those.
  ///   - delays: microseconds after that.
  package init(after events: [String], counts: ClosedRange<Int>, delays: ClosedRange<UInt32>, seed: UInt64) {
    self.events = events
    self.counts = counts
    self.delays = delays
    random = SeededGenerator(seed: seed)
  }

  package mutating func next() -> KillMoment {
    if round.isEmpty { round = events.shuffled(using: &random) }
    let event = round.removeLast()
    let count = event == "commit_finished" ? 1 : Int.random(in: counts, using: &random)
    return KillMoment(event: event, count: count, delay: .random(in: delays, using: &random))
  }
}
