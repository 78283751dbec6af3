import Foundation
import TestSupport
import Testing

extension ExactlyOnceTests {
  @Test func everyFileAndFolderIsSyncedBeforeTheCatalogNamesIt() throws {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/strace") else {
      print("skipped: no strace, which `make setup` installs")
      return
    }
    let project = try ExactlyOnceFixture.csv(files: 4, rows: 1000, seed: 19)
    let log = project.folder + "/trace"
    let wrapper = [
      "/usr/bin/strace", "-f", "-y", "-s", "5000", "-o", log, "-e",
      "trace=fsync,fdatasync,rename,renameat,renameat2,pwrite64",
    ]
    let summary = try HeadraceSummary(try project.start(wrapper: wrapper))
    guard !summary.errors.contains("ptrace") else {
      print("skipped: this user may not trace processes")
      return
    }
    try #require(summary.isSuccess, "\(summary)")
    let trace = SystemCallTrace(try String(contentsOfFile: log, encoding: .utf8))
    let oracle = try LakeOracle()
    var checked = 0
    for table in ExactlyOnceFixture.tables {
      for (metadata, files) in try oracle.filesByMetadata(project.home, table) {
        let announced = try #require(trace.announced(metadata), "the catalog was never told of \(metadata)")
        for file in files {
          let durable = try #require(trace.durable(file), "\(file) or its folder was not synced")
          #expect(durable < announced, "\(file) was durable after the catalog named \(metadata)")
          checked += 1
        }
        #expect(trace.isLogSynced(after: announced), "the catalog's log was not synced after \(metadata)")
      }
    }
    print("trace: \(trace.calls.count) calls, \(checked) files against the commits that name them")
    #expect(checked >= 12)
  }
}
