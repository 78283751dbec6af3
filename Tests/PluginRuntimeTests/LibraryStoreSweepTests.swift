import Glibc
import HostModel
@testable import HostPluginCalls
@testable import HostPluginRuntime
import HostSystem
import Testing

/// Copies of libraries go when nobody has them, and not before.
@Suite struct LibraryStoreSweepTests {
  private let files = SystemFiles()
  private let folder: TestFolder
  private let store: LibraryStore
  private var root: String { folder.path + "/store" }

  init() throws {
    folder = try TestFolder()
    store = LibraryStore(root: folder.path + "/store", files: files)
  }

  /// A build of its own.
  private func build(_ number: Int) throws -> String {
    let path = "\(folder.path)/lib\(number).so"
    try files.replaceDurably(path, try files.read(Built.scripted, limit: 1 << 26) + Array("build \(number)".utf8))
    return path
  }

  private func adopt(_ number: Int) throws -> LibraryStore.Copy {
    try store.adopt(try build(number), name: "lib.so", expected: nil)
  }

  private func age(_ path: String, hours: Int) {
    let times = [timespec](repeating: timespec(tv_sec: time(nil) - hours * 3600, tv_nsec: 0), count: 2)
    #expect(utimensat(AT_FDCWD, path, times, 0) == 0)
  }

  @Test func anotherCopyTakesThoseAlongThatNobodyHadForADay() throws {
    let (old, recent, held) = (try adopt(1).folder, try adopt(2).folder, try adopt(3))
    try files.replaceDurably(old + "/probe-1-2.json", [1])
    for (folder, hours) in [(old, 25), (recent, 23), (held.folder, 1000)] {
      age(LibraryStore.lock(folder), hours: hours)
    }
    // A copy of before there were locks, a folder that is none, and what a sweep was killed at.
    let unlocked = root + "/" + String(repeating: "a", count: 64)
    for folder in [unlocked, root + "/notes", root + "/.leaving-1"] {
      try files.createDirectory(folder)
      try files.replaceDurably(folder + "/lib.so", [1])
      age(folder, hours: 1000)
    }
    // One that is there already leaves all as it is.
    _ = try adopt(3)
    age(LibraryStore.lock(held.folder), hours: 1000)
    #expect(try files.info(old) != nil)
    _ = try adopt(4)
    #expect(try files.info(old) == nil && files.info(unlocked) == nil && files.info(root + "/.leaving-1") == nil)
    #expect(try files.info(recent + "/lib.so") != nil && files.info(root + "/notes/lib.so") != nil)
    #expect(try files.info(held.path) != nil)
    #expect(try files.list(root).count == 4)
    // It is made again for whoever wants it.
    #expect(try adopt(1).folder == old && files.info(old + "/lib.so") != nil)
    withExtendedLifetime(held) {}
  }

  /// Workers are started from the copy for as long as there is the plugin.
  @Test func theCopyOfAPluginInWorkersStaysAsLongAsThePlugin() throws {
    chmod(folder.path, 0o755)
    _ = try build(1)
    let manifest = "manifest: 1\nname: scripted\nversion: 1.0.0\nkinds: [transform]\nlibrary: lib1.so\n"
    try files.replaceDurably(folder.path + "/scripted.yaml", Array(manifest.utf8))
    func placed() throws -> (plugin: LoadedPlugin, copy: String) {
      let registry = try PluginRegistry(
        folders: [folder.path], files: files, spawner: SystemSpawner(), workers: SystemWorkerSpawner(),
        environment: ["HOME": folder.path], executable: Built.headrace, store: root)
      let installed = try registry.installed("scripted", at: SourcePlace(file: "p.yaml", line: 1, column: 1))
      let (code, _, copy) = try registry.place(installed)
      return (code, copy.folder)
    }
    var plugin: LoadedPlugin?
    let copy: String
    (plugin, copy) = try placed()
    age(LibraryStore.lock(copy), hours: 1000)
    _ = try adopt(2)
    let remote = try #require(plugin?.remote)
    // Each of them is a process of its own, and one more is started to be there for the next.
    for _ in 0..<2 { _ = try remote.take("{}").end(patience: .zero) }
    #expect(try files.info(copy + "/lib1.so") != nil)
    withExtendedLifetime(plugin) {}
    plugin = nil
    try withExtendedLifetime(remote) { _ = try adopt(3) }
    #expect(try files.info(copy) != nil)
  }

  /// A stranger reads its own folder, and may lock what is in it: nobody has to wait for it.
  @Test func whoHoldsTheLockAloneKeepsNobodyFromTheCopy() throws {
    let folder = try adopt(1).folder
    let lock = try #require(try files.lock(LibraryStore.lock(folder)))
    #expect(try adopt(1).use == nil)
    age(LibraryStore.lock(folder), hours: 1000)
    _ = try adopt(2)
    #expect(try files.info(folder + "/lib.so") != nil)
    withExtendedLifetime(lock) {}
  }

  @Test func aLockIsOfTheFileThatIsThereNow() throws {
    let path = folder.path + "/lock"
    let first = try #require(try files.share(path))
    #expect(try files.lock(path) == nil && files.share(path) != nil)
    // The name leads to another file now, which nobody has.
    try files.remove(path)
    let other = try #require(try files.lock(path))
    withExtendedLifetime((first, other)) {}
  }
}
