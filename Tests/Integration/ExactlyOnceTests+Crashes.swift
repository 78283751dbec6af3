import Foundation
import TestSupport
import Testing

extension ExactlyOnceTests {
  @Test func aCrashBeforeOrAfterEachDurableOperationLosesAndDoublesNothing() throws {
    let project = try ExactlyOnceFixture.csv(files: 2, rows: 700, seed: 13)
    let points = try CrashPoints(in: project.folder)
    let oracle = try LakeOracle()
    let log = project.folder + "/operations"
    let summary = try project.run(environment: points.environment(0, .before, log: log))
    try #require(summary.isSuccess, "\(summary)")
    #expect(summary.rowsDead > 0 && summary.findings > 0)
    let operations = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map(String.init)
    let kinds = Set(operations.map { String($0.drop { $0 != " " }.dropFirst()) })
    print("crash points: \(operations.count) operations: \(kinds.sorted())")
    #expect(kinds.isSuperset(of: ["fsync", "fdatasync", "renameat2", "pwrite64 catalog"]), "the shim sees too little")
    let expected = try oracle.contents(project.home, ExactlyOnceFixture.tables)
    let reference = project.home
    for (number, side) in Self.crashes(operations.count) {
      project.home = "\(project.folder)/crash-\(number)-\(side)"
      let label = "crash \(side) operation \(number) of \(operations.count) (\(operations[number - 1]))"
      let crashed = try project.run(environment: points.environment(number, side))
      // Which operation is the last differs by a few from run to run: SQLite writes pages as they fall.
      if number <= operations.count - 8 { #expect(crashed.end == .killed(signal: SIGKILL), "\(label): \(crashed)") }
      let next = try project.run()
      #expect(next.isSuccess, "\(label): \(next)")
      try compare(project, reference, expected, oracle, label)
      try FileManager.default.removeItem(atPath: project.home)
    }
  }

  /// Before each operation, which is after the one before it; and after each too where there is time.
  private static func crashes(_ count: Int) -> [(Int, CrashPoints.Side)] {
    let all = (1...count).flatMap { number in CrashPoints.Side.allCases.map { (number, $0) } }
    if HeadraceInstallation.isSoak { return all }
    // What is durable after an operation is what is durable before the next; the sides alternate.
    return (1...count).map { ($0, $0 % 2 == 0 ? .before : .after) }
  }
}
