import Foundation
import TestSupport
import Testing

extension ExactlyOnceTests {
  @Test func aCrashBeforeOrAfterEachDurableOperationLosesAndDoublesNothing() throws {
    let project = try ExactlyOnceFixture.csv(files: 2, rows: 700, seed: 13)
    let points = try CrashPoints(in: project.folder)
    let oracle = try LakeOracle()
    let operations = try points.operations(log: project.folder + "/operations") { environment in
      try project.newHome()
      let summary = try project.run(environment: environment)
      try #require(summary.isSuccess, "\(summary)")
      #expect(summary.rowsDead > 0 && summary.findings > 0)
    }
    let kinds = Set(operations.map { String($0.drop { $0 != " " }.dropFirst()) })
    print("crash points: \(operations.count) operations: \(kinds.sorted())")
    #expect(kinds.isSuperset(of: ["fsync", "fdatasync", "renameat2", "pwrite64 catalog"]), "the shim sees too little")
    let expected = try oracle.contents(project.home, ExactlyOnceFixture.tables)
    let reference = project.home
    var tally = CrashTally()
    for (number, side) in Self.crashes(operations) {
      project.home = "\(project.folder)/crash-\(number)-\(side)"
      let label = "crash \(side) operation \(number) of \(operations.count) (\(operations[number - 1]))"
      let crashed = try project.run(environment: points.environment(number, side))
      #expect(crashed.end == .killed(signal: SIGKILL) || crashed.isSuccess, "\(label): \(crashed)")
      tally.record(crashed.end, label)
      let next = try project.run()
      #expect(next.isSuccess, "\(label): \(next)")
      try compare(project, reference, expected, oracle, label)
      try FileManager.default.removeItem(atPath: project.home)
    }
    print("crash points: \(tally.killed) runs killed, \(tally.missed.count) ended before their point")
    #expect(tally.isComplete, "\(tally.missed)")
  }

  /// Before and after each operation; where time is short, on one side, which is the other side of its neighbour, and of
  /// the writes into the catalog's log, which count for nothing before the log is synced, one in three.
  private static func crashes(_ operations: [String]) -> [(Int, CrashPoints.Side)] {
    let numbers = Array(1...operations.count)
    if HeadraceInstallation.isSoak {
      return numbers.flatMap { number in CrashPoints.Side.allCases.map { (number, $0) } }
    }
    return numbers.filter { $0 % 3 == 0 || !operations[$0 - 1].hasSuffix("pwrite64 catalog") }
      .map { ($0, $0 % 2 == 0 ? .before : .after) }
  }
}
