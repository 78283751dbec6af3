import Glibc
import HostModel
import HostObjects
import HostSystem
import Synchronization
import Testing

@Suite struct DirectoryStoreTests {
  private let folder = Folder()
  private let files = SystemFiles()

  private func store() throws -> DirectoryStore { try DirectoryStore(root: folder.path + "/lake", files: files) }

  @Test func objectAppearsOnlyWhenItIsFinished() throws {
    let store = try store()
    let upload = try store.begin("bronze/orders/a.txt")
    try upload.writeAll(Array("half".utf8))
    #expect(try store.list("").isEmpty)
    #expect(failure { _ = try store.get("bronze/orders/a.txt", limit: 10) }?.status == .notFound)
    try upload.finish()
    #expect(try store.list("bronze/").map(\.key) == ["bronze/orders/a.txt"])
    #expect(try store.get("bronze/orders/a.txt", limit: 10) == Array("half".utf8))
  }

  @Test func abortedUploadLeavesNothing() throws {
    let store = try store()
    let upload = try store.begin("a/b")
    try upload.writeAll([1])
    upload.abort()
    upload.abort()
    #expect(try files.list(folder.path + "/lake/a").isEmpty)
  }

  @Test func putDoesNotReplaceAndReplaceDoes() throws {
    let store = try store()
    try store.put("v1.json", [1])
    let told = failure { try store.put("v1.json", [2]) }
    #expect(told?.status == .conflict && told?.kind == .environment)
    #expect(try store.get("v1.json", limit: 9) == [1])
    try store.replace("v1.json", [3])
    #expect(try store.get("v1.json", limit: 9) == [3])
    #expect(try files.list(folder.path + "/lake") == ["v1.json"])
  }

  @Test(arguments: ["../x", "a/../../x", "/etc/passwd", "a//b", "", ".", "a/.", "a/\u{0}", "a/", "../\u{301}x"])
  func keyThatClimbsIsRefusedEverywhere(_ key: String) throws {
    let store = try store()
    let what = "'\(key)' is not the name of an object in \(folder.path)/lake"
    #expect(failure { try store.put(key, [1]) }?.message == what)
    #expect(failure { _ = try store.begin(key) }?.message == what)
    #expect(failure { _ = try store.get(key, limit: 9) }?.kind == .invalidInput)
    #expect(failure { try store.delete(key) }?.status == .invalidConfig)
    #expect(store.key(of: store.location(of: key)) == nil)
  }

  @Test func listDoesNotClimb() throws {
    try files.createDirectory(folder.path + "/other")
    try files.replaceDurably(folder.path + "/other/secret", [1])
    #expect(failure { _ = try store().list("../other/") }?.status == .invalidConfig)
  }

  @Test func locationsAndKeysBelongTogether() throws {
    let store = try store()
    #expect(store.location(of: "a/b c%20.txt") == "file://\(folder.path)/lake/a/b c%20.txt")
    #expect(store.key(of: "file://\(folder.path)/lake/a/b c%20.txt") == "a/b c%20.txt")
    #expect(store.key(of: "file://\(folder.path)/lakes/a") == nil && store.key(of: "s3://b/a") == nil)
  }

  @Test func missingObjectIsDeletedWithoutAWordAndTooLongOneRefused() throws {
    let store = try store()
    try store.delete("none")
    try store.put("long", [UInt8](repeating: 0, count: 11))
    #expect(failure { _ = try store.get("long", limit: 10) }?.status == .invalidConfig)
    try store.delete("long")
    #expect(try store.list("").isEmpty)
  }

  @Test func listSortsAndFiltersByPrefix() throws {
    let store = try store()
    for key in ["t/b", "t/a", "t/x/y", "u"] { try store.put(key, [1]) }
    #expect(try store.list("t/").map(\.key) == ["t/a", "t/b", "t/x/y"])
    #expect(try store.list("t/x").map(\.key) == ["t/x/y"])
    #expect(try store.list("").map(\.key) == ["t/a", "t/b", "t/x/y", "u"] && store.list("none/").isEmpty)
  }

  @Test func fileIsSyncedBeforeItIsNamedAndItsFolderAfterwards() throws {
    let recorder = RecordingFiles(root: folder.path + "/")
    let store = try DirectoryStore(root: folder.path + "/lake", files: recorder)
    recorder.forget()
    try store.put("t/a", [1])
    #expect(
      recorder.operations == [
        "create lake/t", "sync lake", "new T", "write T", "sync T", "close T", "rename T lake/t/a", "sync lake/t",
      ])
  }

  @Test func fullDiskIsToldAndLeavesNothingBehind() throws {
    guard geteuid() == 0 else { return }
    let disk = folder.path + "/disk"
    try files.createDirectory(disk)
    guard mount("tmpfs", disk, "tmpfs", 0, "size=64k") == 0 else { return }
    defer { umount2(disk, Int32(MNT_DETACH)) }
    let store = try DirectoryStore(root: disk, files: files)
    let told = failure { try store.put("big", [UInt8](repeating: 7, count: 1 << 20)) }
    #expect(told?.message.hasSuffix("cannot write to it: No space left on device") == true)
    #expect(told?.kind == .environment && told?.advice?.hasPrefix("free some space") == true)
    #expect(try files.list(disk).isEmpty)
    try store.put("small", [1])
  }
}

/// The system's files, with a record of what was done in which order; temporary names are `T`.
private final class RecordingFiles: FileSystem, Sendable {
  private let files = SystemFiles()
  private let root: String
  private let record = Mutex<[String]>([])

  init(root: String) { self.root = root }

  var operations: [String] { record.withLock { $0 } }
  func forget() { record.withLock { $0 = [] } }

  fileprivate func note(_ action: String, _ paths: String...) {
    let names = paths.map { $0.hasSuffix(".tmp") ? "T" : $0.hasPrefix(root) ? String($0.dropFirst(root.count)) : $0 }
    record.withLock { $0.append(([action] + names).joined(separator: " ")) }
  }

  func info(_ path: String) throws(Failure) -> FileInfo? { try files.info(path) }
  func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] { try files.read(path, limit: limit) }
  func list(_ path: String) throws(Failure) -> [String] { try files.list(path) }
  func lock(_ path: String) throws(Failure) -> (any FileLock)? { try files.lock(path) }
  func share(_ path: String) throws(Failure) -> (any FileLock)? { try files.share(path) }

  func create(_ path: String) throws(Failure) -> any FileWriter {
    note("new", path)
    return RecordingWriter(try files.create(path), path, self)
  }

  func createDirectory(_ path: String) throws(Failure) {
    note("create", path)
    try files.createDirectory(path)
  }

  func syncDirectory(_ path: String) throws(Failure) {
    note("sync", path)
    try files.syncDirectory(path)
  }

  func rename(_ source: String, to destination: String) throws(Failure) {
    note("replace", source, destination)
    try files.rename(source, to: destination)
  }

  func renameIfAbsent(_ source: String, to destination: String) throws(Failure) {
    note("rename", source, destination)
    try files.renameIfAbsent(source, to: destination)
  }

  func remove(_ path: String) throws(Failure) {
    note("remove", path)
    try files.remove(path)
  }

  func removeEmptyFolder(_ path: String) { files.removeEmptyFolder(path) }
}

private final class RecordingWriter: FileWriter {
  private let writer: any FileWriter
  private let path: String
  private let files: RecordingFiles

  init(_ writer: any FileWriter, _ path: String, _ files: RecordingFiles) {
    self.writer = writer
    self.path = path
    self.files = files
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    files.note("write", path)
    try writer.write(bytes)
  }

  func sync() throws(Failure) {
    files.note("sync", path)
    try writer.sync()
  }

  func close() throws(Failure) {
    files.note("close", path)
    try writer.close()
  }
}
