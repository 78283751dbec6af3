import Foundation
import Testing

import TestSupport

/// Kills runs of one pipeline at many moments, and looks after each at what the catalog holds.
final class KillSweep {
  let project: HeadraceProject
  let oracle: LakeOracle
  private let label: String
  private var moments: KillMoments
  private(set) var kills = 0
  /// Runs that were begun to be killed.
  private var attempts = 0
  /// Kills between closing a data file and the end of its commit.
  private(set) var openCommits = 0
  /// Times that the positions were further than at the kill before.
  private(set) var advances = 0
  /// A load that replaces shows nothing before its end.
  var rowsAreStaged = false
  /// Files count records; tables count batches.
  var ordinalsAreRows = true
  /// In the present chain.
  private var keptByPositions: [[String: Int]: Int] = [:]

  init(_ project: HeadraceProject, _ oracle: LakeOracle, label: String, seed: UInt64) {
    self.project = project
    self.oracle = oracle
    self.label = label
    moments = KillMoments(
      after: [
        "run_started", "split_opened", "file_closed", "commit_started", "file_closed", "commit_started",
        "commit_finished",
      ],
      counts: 1...5, delays: 0...30_000, seed: seed)
    print("\(label): seed \(seed)")
  }

  /// Kills runs until one has come to its end, which is made sure after `most` kills.
  func chain(most: Int) throws {
    var last = try? project.state()
    let first = last?.run ?? 0
    keptByPositions = [:]
    for number in 0..<most {
      guard let events = try killOne() else { break }
      let state = try project.state()
      report(events, state, number)
      if let last {
        #expect(state.isAtOrAfter(last), "\(label): positions went back from \(last) to \(state)")
        if state.total > last.total || state.run > last.run { advances += 1 }
      }
      try checkCounts(state)
      last = state
      if state.isFinished, state.run > first { return }
    }
    // A load that came to its end is not begun again: where it appends, it would double the table.
    if let state = try? project.state(), state.isFinished, state.run > first { return }
    let summary = try project.run()
    #expect(summary.isSuccess, "\(label): \(summary)")
  }

  /// Whether there are kills still to be made: more than `kills` only where what `finish` asks for was not met yet, as on a
  /// machine so busy that most runs are killed before their first commit; and not for ever where runs end before their kill.
  func isUnfinished(kills least: Int, openCommits: Int) -> Bool {
    attempts < 6 * least && (kills < least || kills < 3 * least && (self.openCommits < openCommits || advances == 0))
  }

  /// Says what the sweep has covered, and makes sure that it was not in vain.
  func finish(openCommits least: Int) {
    print("\(label): \(kills) kills, \(openCommits) with an open commit, \(advances) advances")
    #expect(openCommits >= least, "\(label): too few kills between closing a file and the end of its commit")
    #expect(advances > 0, "\(label): no run came further than the one before")
  }

  /// - Returns: what the killed run had told; nil if it came to its end first.
  private func killOne() throws -> RunEvents? {
    attempts += 1
    var run = try FollowedRun(project)
    let end = try run.kill(at: moments.next())
    if end == .exited(0) { return nil }
    #expect(end == .killed(signal: SIGKILL), "\(label): \(run.process.output)\(run.process.errors)")
    return run.events
  }

  private func report(_ events: RunEvents, _ state: HeadraceProject.StreamState, _ number: Int) {
    kills += 1
    if events.hasOpenCommit { openCommits += 1 }
    print(
      "\(label): kill \(kills) (\(number) of its load): after \(events.all.last?.name ?? "nothing"),"
        + " commit open: \(events.hasOpenCommit), run \(state.run), ordinal \(state.total)")
  }

  /// What the positions say was read is in the tables, at every moment and not only at the end.
  private func checkCounts(_ state: HeadraceProject.StreamState) throws {
    guard !rowsAreStaged else { return }
    let counts = try oracle.counts(project.home, ExactlyOnceFixture.tables)
    let kept = counts[0] + counts[1]
    if ordinalsAreRows {
      #expect(kept == state.total, "\(label): rows and dead letters against positions")
    } else {
      let known = keptByPositions[state.ordinals] ?? kept
      #expect(kept == known, "\(label): the rows changed and the positions did not")
      let most = keptByPositions.values.max() ?? 0
      #expect(kept >= most || state.total == 0, "\(label): rows were lost")
      keptByPositions[state.ordinals] = kept
    }
  }
}
