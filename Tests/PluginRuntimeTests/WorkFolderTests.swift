import Glibc
import HostModel
@testable import HostSystem
import Testing

/// What commands have not finished, and what of it others remove.
@Suite struct WorkFolderTests {
  private let files = SystemFiles()

  private func age(_ path: String, seconds: Int) {
    var times = [timespec(), timespec()]
    for index in times.indices { times[index] = timespec(tv_sec: time(nil) - seconds, tv_nsec: 0) }
    utimensat(AT_FDCWD, path, times, 0)
  }

  private func left(_ name: String, in folder: TestFolder, seconds: Int) throws -> String {
    let path = "\(folder.path)/\(name)"
    try files.createDirectory(path + "/inner")
    try files.replaceDurably(path + "/inner/half", [1, 2, 3])
    age(path, seconds: seconds)
    return path
  }

  @Test func itGoesWithItsOwnerAndWithTheFoldersThatWereMadeForIt() throws {
    let folder = try TestFolder()
    do {
      let work = try WorkFolder(beside: folder.path + "/new/deep/plugin", files)
      try files.replaceDurably(work.path + "/half", [1])
      #expect(try files.list(folder.path + "/new/deep").count == 1)
      withExtendedLifetime(work) {}
    }
    #expect(try files.list(folder.path).isEmpty)
  }

  @Test func whatADeadOwnerHasLeftIsRemovedByTheNext() throws {
    let folder = try TestFolder()
    let old = try left("a.tar.gz.123.headrace-partial", in: folder, seconds: 3600)
    // Somebody may just be making it; and names of other kinds are not ours.
    let kept = try [
      left("a.tar.gz.124.headrace-partial", in: folder, seconds: 5), left("a.123.partial", in: folder, seconds: 3600),
      left("a.x.headrace-partial", in: folder, seconds: 3600), left("123.headrace-partial", in: folder, seconds: 3600),
    ]
    let held = try left("b.125.headrace-partial", in: folder, seconds: 3600)
    let lock = try #require(try files.lockFolder(held))
    withExtendedLifetime(try WorkFolder(beside: folder.path + "/other", files)) {}
    #expect(try files.info(old) == nil)
    for path in kept + [held] { #expect(try files.info(path + "/inner/half") != nil, "\(path)") }
    withExtendedLifetime(lock) {}
  }

  /// A folder that is shared may hold whatever others put there.
  @Test func linksAreRemovedAndNotWhatTheyLeadTo() throws {
    let folder = try TestFolder()
    let victim = try left("victim", in: folder, seconds: 3600)
    let old = try left("a.123.headrace-partial", in: folder, seconds: 0)
    #expect(symlink(victim, old + "/link") == 0 && symlink(victim, folder.path + "/b.123.headrace-partial") == 0)
    age(old, seconds: 3600)
    WorkFolder.sweep(folder.path, files, now: SystemClock().wallTime())
    #expect(try files.info(old) == nil && files.info(victim + "/inner/half") != nil)
  }
}
