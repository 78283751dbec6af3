import Foundation
import TestSupport
import Testing

extension ExactlyOnceTests {
  private static var kills: Int { HeadraceInstallation.isSoak ? 150 : 26 }

  @Test func killedRunsOfJSONLinesEndWithTheRowsOfAnUndisturbedOne() throws {
    try sweep("json lines", try ExactlyOnceFixture.jsonLines(files: 60, rows: 1000, seed: 11), findings: false)
  }

  @Test func killedRunsOfCSVEndWithTheRowsDeadLettersAndFindingsOfAnUndisturbedOne() throws {
    try sweep("csv", try ExactlyOnceFixture.csv(files: 30, rows: 1000, seed: 12), findings: true)
  }

  private func sweep(_ label: String, _ project: HeadraceProject, findings: Bool) throws {
    let oracle = try LakeOracle()
    let summary = try project.run()
    try #require(summary.isSuccess, "\(summary)")
    #expect(summary.rowsDead > 0)
    #expect((summary.findings > 0) == findings)
    let expected = try oracle.contents(project.home, ExactlyOnceFixture.tables)
    #expect(expected[0].rows == summary.rowsWritten)
    let reference = project.home
    project.home += "-killed"
    let sweep = KillSweep(project, oracle, label: label, seed: TestSeed.of(1))
    while sweep.isUnfinished(kills: Self.kills, openCommits: 10) {
      try sweep.chain(most: 9)
      try compare(project, reference, expected, oracle, label)
      let last = try project.run()
      #expect(last.isSuccess && last.rowsWritten == 0 && last.rowsRead == 0, "\(label): \(last)")
      try FileManager.default.removeItem(atPath: project.home)
    }
    sweep.finish(openCommits: 10)
  }

  func compare(
    _ project: HeadraceProject, _ reference: String, _ expected: [LakeOracle.Contents], _ oracle: LakeOracle,
    _ label: String
  ) throws {
    let found = try oracle.contents(project.home, ExactlyOnceFixture.tables)
    for (index, table) in ExactlyOnceFixture.tables.enumerated() where found[index] != expected[index] {
      let difference = try oracle.difference(project.home, reference, table)
      Issue.record("\(label): \(table) has \(found[index]) instead of \(expected[index])\n\(difference)")
    }
  }
}
