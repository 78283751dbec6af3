import HostModel
import Synchronization
import Testing
import TestSupport

@Suite struct MemoryFileSystemTests {
  private func files(_ seed: UInt64 = 1) throws -> MemoryFileSystem {
    let files = MemoryFileSystem(seed: seed)
    try files.createDirectory("/lake/data")
    return files
  }

  private func write(_ files: MemoryFileSystem, _ path: String, _ bytes: [UInt8], sync: Bool) throws {
    let writer = try files.create(path)
    try writer.writeAll(bytes)
    if sync { try writer.sync() }
    try writer.close()
  }

  @Test func theTraceHasEveryChangeInOrder() throws {
    let files = try files()
    try write(files, "/lake/data/a.tmp", [1, 2, 3], sync: true)
    try files.renameIfAbsent("/lake/data/a.tmp", to: "/lake/data/a")
    try files.syncDirectory("/lake/data")
    try files.remove("/lake/data/a")
    try files.remove("/lake/data/a")
    let expected = [
      "mkdir /lake", "syncdir /", "mkdir /lake/data", "syncdir /lake", "create /lake/data/a.tmp",
      "write /lake/data/a.tmp 3", "sync /lake/data/a.tmp", "rename /lake/data/a.tmp /lake/data/a",
      "syncdir /lake/data", "remove /lake/data/a",
    ]
    #expect(files.trace.map(\.description) == expected)
  }

  @Test func whatIsThereIsFoundAndWhatIsNotFails() throws {
    let files = try files()
    try write(files, "/lake/data/a", [1, 2], sync: false)
    #expect(try files.read("/lake/data/a", limit: 2) == [1, 2])
    #expect(try files.info("/lake/data/a")?.size == 2)
    #expect(try files.info("/lake/data")?.kind == .directory)
    #expect(try files.info("/lake/b") == nil)
    #expect(try files.list("/lake") == ["data"] && files.list("/none").isEmpty)
    #expect(throws: Failure.self) { try files.read("/lake/data/a", limit: 1) }
    #expect(status { _ = try files.read("/lake/data/b", limit: 1) } == .notFound)
    #expect(status { _ = try files.create("/lake/data/a") } == .conflict)
    #expect(status { _ = try files.create("/none/a") } == .notFound)
    #expect(status { try files.createDirectory("/lake/data/a") } == .conflict)
    try write(files, "/lake/data/b", [3], sync: false)
    #expect(status { try files.renameIfAbsent("/lake/data/b", to: "/lake/data/a") } == .conflict)
    try files.rename("/lake/data/b", to: "/lake/data/a")
    #expect(try files.read("/lake/data/a", limit: 2) == [3])
    #expect(files.files == ["/lake/data/a"])
  }

  private func status(_ body: () throws -> Void) -> Status? {
    do { try body() } catch { return (error as? Failure)?.status }
    return nil
  }

  /// Which of the syncs were made, and whether the file is there and whole without power.
  @Test(arguments: [false, true], [false, true]) func bytesAndNamesAreLostApart(_ bytes: Bool, _ name: Bool) throws {
    let files = try files()
    try write(files, "/lake/data/a", [1, 2, 3], sync: bytes)
    if name { try files.syncDirectory("/lake/data") }
    files.crash(.everythingUnsynced)
    #expect(files.files == (name ? ["/lake/data/a"] : []))
    if name { #expect(try files.read("/lake/data/a", limit: 9) == (bytes ? [1, 2, 3] : [])) }
  }

  @Test func aKilledProcessLosesNothingUntilThePowerFails() throws {
    let files = try files()
    try write(files, "/lake/data/a", [1, 2, 3], sync: false)
    files.crash(.nothing)
    #expect(try files.read("/lake/data/a", limit: 9) == [1, 2, 3])
    files.crash(.everythingUnsynced)
    #expect(files.files.isEmpty)
  }

  /// Over the seeds a renamed file is found under its old name, its new one, both and neither, and a tail that was not
  /// synced whole, cut and as zeros; what was synced is never touched.
  @Test func theSeedDecidesWhatIsLeft() throws {
    var names: Set<[String]> = []
    var contents: Set<[UInt8]> = []
    for seed in UInt64(1)...200 {
      let files = try files(seed)
      try write(files, "/lake/data/old", [7], sync: true)
      try files.syncDirectory("/lake/data")
      let writer = try files.create("/lake/data/tail")
      try writer.writeAll([1, 2])
      try writer.sync()
      try files.syncDirectory("/lake/data")
      try writer.writeAll([3, 4])
      try files.rename("/lake/data/old", to: "/lake/data/new")
      files.crash(.someUnsynced)
      names.insert(files.files.filter { !$0.hasSuffix("tail") })
      let left = try files.read("/lake/data/tail", limit: 9)
      #expect(left.starts(with: [1, 2]))
      contents.insert(left)
      for name in files.files where !name.hasSuffix("tail") { #expect(try files.read(name, limit: 9) == [7]) }
    }
    #expect(names == [[], ["/lake/data/old"], ["/lake/data/new"], ["/lake/data/new", "/lake/data/old"]])
    #expect(contents == [[1, 2], [1, 2, 3], [1, 2, 3, 4], [1, 2, 3, 0], [1, 2, 0, 0]])
  }

  @Test func oneSeedLeavesTheSame() throws {
    func left(_ seed: UInt64) throws -> [String] {
      let files = try files(seed)
      for number in 0..<20 { try write(files, "/lake/data/\(number)", [1, 2, 3], sync: number % 2 == 0) }
      files.crash(.someUnsynced)
      return try files.files.map { "\($0) \(try files.read($0, limit: 9))" }
    }
    for seed in UInt64(1)...5 { #expect(try left(seed) == left(seed)) }
    #expect(try left(1) != left(2))
  }

  @Test func aCrashBeforeAnOperationPreventsItAndAllThatFollow() throws {
    let files = try files()
    files.inject(.crashBefore(5))
    let crashes = Atomic<Int>(0)
    files.whenCrashed { crashes.add(1, ordering: .relaxed) }
    let writer = try files.create("/lake/data/a")
    #expect(status { try writer.writeAll([1]) } == .crashed)
    #expect(status { try writer.sync() } == .crashed)
    #expect(status { _ = try files.list("/lake") } == .crashed)
    #expect(files.isCrashed && files.trace.count == 5 && crashes.load(ordering: .relaxed) == 1)
    files.crash(.nothing)
    #expect(try files.read("/lake/data/a", limit: 9).isEmpty)
    // A writer of the process that is gone does nothing in the next one's life.
    #expect(status { try writer.writeAll([1]) } == .crashed)
  }

  @Test func aWriterStaysWithItsFileWhateverBecomesOfTheName() throws {
    let files = try files()
    let writer = try files.create("/lake/data/a")
    try writer.writeAll([1])
    try files.rename("/lake/data/a", to: "/lake/data/b")
    try write(files, "/lake/data/a", [7], sync: true)
    try writer.writeAll([2])
    try writer.sync()
    try files.syncDirectory("/lake/data")
    files.crash(.everythingUnsynced)
    #expect(try files.read("/lake/data/b", limit: 9) == [1, 2] && files.read("/lake/data/a", limit: 9) == [7])
  }

  @Test func aCrashAfterAnOperationLetsItHappen() throws {
    let files = try files()
    files.inject(.crashAfter(5))
    let writer = try files.create("/lake/data/a")
    #expect(status { try writer.writeAll([1]) } == .crashed)
    files.crash(.nothing)
    #expect(try files.read("/lake/data/a", limit: 9) == [1])
  }

  @Test func aFailureHitsOneOperationAndChangesNothing() throws {
    let files = try files()
    files.inject(.failure(at: 5))
    let writer = try files.create("/lake/data/a")
    #expect(status { try writer.writeAll([1]) } == .transient)
    try writer.writeAll([2])
    #expect(try files.read("/lake/data/a", limit: 9) == [2])
  }

  @Test func aFullDiskTakesNoMoreBytesUntilThereIsRoom() throws {
    let files = try files()
    files.inject(.diskFull(after: 3))
    let writer = try files.create("/lake/data/a")
    try writer.writeAll([1, 2, 3])
    let error = #expect(throws: Failure.self) { try writer.writeAll([4]) }
    #expect(error?.message == "/lake/data/a: cannot write to it: No space left on device")
    files.clearFaults()
    try writer.writeAll([4])
    #expect(try files.read("/lake/data/a", limit: 9) == [1, 2, 3, 4])
  }
}
