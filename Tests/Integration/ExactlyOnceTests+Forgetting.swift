import Foundation
import TestSupport
import Testing

/// Commands that forget positions, killed before or after each of their durable operations: what they forget is forgotten
/// whole or not at all.
extension ExactlyOnceTests {
  @Test func aFullRefreshThatIsKilledForgetsAllOrNothing() throws {
    let project = try ExactlyOnceFixture.csv(files: 2, rows: 400, seed: 21)
    let sweep = try ForgettingSweep(project, ["run", "events.yaml", "--full-refresh"], "full refresh")
    try #require(try sweep.forget() == .exited(0))
    let expected = try sweep.oracle.contents(project.home, ExactlyOnceFixture.tables)
    #expect(expected[0].rows == 2 * sweep.loaded[0].rows && sweep.loaded[0].rows > 0)
    for (number, side) in sweep.crashes(inCI: 20) {
      let (label, hasForgotten) = try sweep.crash(number, side)
      // What began anew goes on by itself; what did not is asked for again.
      let next = hasForgotten ? try project.run() : try project.run(options: ["--full-refresh"])
      #expect(next.isSuccess, "\(label): \(next)")
      #expect(try sweep.oracle.contents(project.home, ExactlyOnceFixture.tables) == expected, "\(label)")
      let last = try project.run()
      #expect(last.isSuccess && last.rowsWritten == 0, "\(label): \(last)")
    }
    sweep.finish()
  }

  @Test func aResetThatIsKilledForgetsAllOrNothing() throws {
    let project = try ExactlyOnceFixture.csv(files: 2, rows: 400, seed: 22)
    let sweep = try ForgettingSweep(project, ["state", "reset", "events.yaml"], "state reset")
    try #require(try sweep.forget() == .exited(0))
    try #require(try project.run().isSuccess)
    let doubled = try sweep.oracle.contents(project.home, ExactlyOnceFixture.tables)
    for (number, side) in sweep.crashes(inCI: 40) {
      let (label, hasForgotten) = try sweep.crash(number, side)
      let next = try project.run()
      #expect(next.isSuccess, "\(label): \(next)")
      let contents = try sweep.oracle.contents(project.home, ExactlyOnceFixture.tables)
      #expect(contents == (hasForgotten ? doubled : sweep.loaded), "\(label)")
    }
    sweep.finish()
  }
}

/// Kills one command at its durable operations, each time in a fresh copy of a home that holds a finished load.
private final class ForgettingSweep {
  let oracle: LakeOracle
  /// The tables before the command.
  let loaded: [LakeOracle.Contents]
  private let project: HeadraceProject
  private let command: [String]
  private let label: String
  private let points: CrashPoints
  private let template: String
  private let before: HeadraceProject.StreamState
  private var operations: [String] = []
  private var tally = CrashTally()
  private var forgotten = 0

  init(_ project: HeadraceProject, _ command: [String], _ label: String) throws {
    self.project = project
    self.command = command
    self.label = label
    points = try CrashPoints(in: project.folder)
    oracle = try LakeOracle()
    try #require(try project.run().isSuccess)
    template = project.home
    loaded = try oracle.contents(template, ExactlyOnceFixture.tables)
    before = try project.state()
    // Tables name their files by absolute paths: every attempt has its home at the same place.
    try FileManager.default.moveItem(atPath: template, toPath: template + "-kept")
  }

  private func freshHome() throws {
    try? FileManager.default.removeItem(atPath: template)
    try FileManager.default.copyItem(atPath: template + "-kept", toPath: template)
  }

  /// The command, undisturbed; its durable operations are counted.
  func forget() throws -> HeadraceProcess.End {
    var end = HeadraceProcess.End.exited(-1)
    operations = try points.operations(log: project.folder + "/operations") { environment in
      try freshHome()
      let process = try project.start(command, environment: environment)
      end = try process.wait()
      print("\(label): \(end) \(process.errors)")
    }
    print("\(label): \(operations.count) durable operations")
    return end
  }

  /// Where to kill: at every operation on both sides in a soak, else at `most` places spread over them, sides taking turns.
  func crashes(inCI most: Int) -> [(Int, CrashPoints.Side)] {
    let numbers = Array(1...max(1, operations.count))
    if HeadraceInstallation.isSoak || numbers.count * 2 <= most {
      return numbers.flatMap { number in CrashPoints.Side.allCases.map { (number, $0) } }
    }
    let step = max(1, numbers.count / most)
    return numbers.filter { $0 % step == 0 }.map { ($0, $0 / step % 2 == 0 ? .before : .after) }
  }

  /// Kills the command in a fresh home.
  /// - Returns: where, for messages; and whether the positions of the load before are gone.
  func crash(_ number: Int, _ side: CrashPoints.Side) throws -> (label: String, hasForgotten: Bool) {
    try freshHome()
    let process = try project.start(command, environment: points.environment(number, side))
    let end = try process.wait()
    let label = "\(label): killed \(side) operation \(number) of \(operations.count) (\(operations[number - 1]))"
    #expect(end == .killed(signal: SIGKILL) || end == .exited(0), "\(label): \(process.errors)")
    tally.record(end, label)
    let state = try project.state()
    let isUntouched = state == before
    #expect(isUntouched || !state.isFinished || state.run > before.run || state.ordinals.isEmpty, "\(label): \(state)")
    forgotten += isUntouched ? 0 : 1
    return (label, !isUntouched)
  }

  func finish() {
    let runs = tally.killed + tally.missed.count
    print("\(label): \(runs) kills, of which \(forgotten) came after the positions were forgotten")
    #expect(tally.isComplete, "\(tally.missed)")
    #expect(forgotten > 0 && forgotten < runs, "\(label): all kills were on one side")
  }
}
