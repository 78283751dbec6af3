import Foundation
import Glibc
import HostModel
import HostSystem
import Synchronization
import Testing

@Suite struct SystemSpawnerTests {
  private func shell(
    _ script: String, environment: [String: String] = [:], limit: Int = 1 << 20, timeout: Duration = .seconds(30)
  ) throws -> ProcessResult {
    try SystemSpawner().run(
      ProcessRequest(
        executable: "/bin/sh", arguments: ["-c", script], environment: environment, outputLimit: limit,
        timeout: timeout))
  }

  @Test func outputErrorsAndExitCodeComeBack() throws {
    let result = try shell("echo out; echo err >&2; exit 7")
    #expect(result.exit == .code(7) && !result.timedOut)
    #expect(result.output == Array("out\n".utf8) && result.errorOutput == Array("err\n".utf8))
  }

  @Test func signalThatEndedItIsTold() throws {
    #expect(try shell("kill -SEGV $$").exit == .signal(SIGSEGV))
  }

  @Test(arguments: ["while :; do :; done", "exec >&- 2>&-; while :; do :; done", "while :; do echo x; done"])
  func processThatIsOverItsTimeIsKilled(_ script: String) throws {
    let result = try shell(script, limit: 100, timeout: .milliseconds(200))
    #expect(result.timedOut && result.exit == .signal(SIGKILL))
  }

  @Test func grandchildThatKeepsThePipeDoesNotHoldUsForEver() throws {
    let clock = SystemClock()
    let began = clock.now()
    let result = try shell("(while :; do echo x; done) & exec sleep 600", limit: 10, timeout: .milliseconds(200))
    #expect(result.timedOut && clock.now().duration(since: began) < .seconds(300))
  }

  @Test func outputAboveTheLimitIsThrownAway() throws {
    let result = try shell("head -c 1000000 /dev/zero", limit: 1000)
    #expect(result.output.count == 1000 && result.exit == .code(0))
  }

  @Test func environmentIsTheOneGivenAndNoOther() throws {
    setenv("HEADRACE_TEST_LEAK", "1", 1)
    let result = try SystemSpawner().run(
      ProcessRequest(executable: "/usr/bin/env", arguments: [], environment: ["ONLY": "this"]))
    #expect(result.output == Array("ONLY=this\n".utf8))
  }

  @Test func descriptorsOfThisProcessAreClosed() throws {
    // On purpose without close-on-exec, as a library might open it.
    let descriptor = open("/dev/null", O_RDONLY)
    defer { close(descriptor) }
    let result = try shell("ls /proc/self/fd | tr '\\n' ' '", environment: ["PATH": "/usr/bin:/bin"])
    // 3 is the folder that `ls` reads.
    #expect(String(decoding: result.output, as: UTF8.self) == "0 1 2 3 ")
  }

  @Test func standardInputIsEmpty() throws {
    #expect(try shell("cat").output.isEmpty)
  }

  @Test func inputIsReadWholeAndNeedNotBeRead() throws {
    let input = [UInt8](repeating: UInt8(ascii: "x"), count: 300_000)
    let counted = try SystemSpawner().run(
      ProcessRequest(executable: "/bin/sh", arguments: ["-c", "wc -c"], input: input))
    #expect(String(decoding: counted.output, as: UTF8.self) == "300000\n")
    let ignored = try SystemSpawner().run(ProcessRequest(executable: "/bin/true", arguments: [], input: input))
    #expect(ignored.exit == .code(0))
  }

  @Test func groupIsKilledWithItsLeader() throws {
    // The grandchild says its number and would sleep on; it has to be gone, or a zombie that nobody collects.
    for patience in [Duration.milliseconds(300), .seconds(20)] {
      let result = try SystemSpawner().run(
        ProcessRequest(
          executable: "/bin/sh", arguments: ["-c", "sleep 600 & echo $!; wait"], timeout: patience, ownsGroup: true))
      #expect(result.timedOut && result.exit == .signal(SIGKILL))
      // On a busy machine the shell may not have come so far.
      guard let grandchild = pid_t(String(decoding: result.output.dropLast(), as: UTF8.self)) else { continue }
      #expect(hasEnded(grandchild))
      return
    }
    Issue.record("the shell never says a number")
  }

  private func hasEnded(_ process: pid_t) -> Bool {
    for _ in 0..<12_000 {
      guard let stat = try? SystemFiles().read("/proc/\(process)/stat", limit: 4096) else { return true }
      if String(decoding: stat, as: UTF8.self).contains(") Z ") { return true }
      usleep(10_000)
    }
    return false
  }

  @Test func cancelledProcessIsKilledLongBeforeItsTimeout() throws {
    let cancellation = Cancellation()
    cancellation.cancel()
    let result = try SystemSpawner().run(
      ProcessRequest(
        executable: "/bin/sleep", arguments: ["600"], timeout: .seconds(600), cancellation: cancellation))
    #expect(result.timedOut && result.exit == .signal(SIGKILL))
  }

  @Test func missingProgramIsAFailureOfTheEnvironment() {
    let told = failure { _ = try SystemSpawner().run(ProcessRequest(executable: "/no/such/program", arguments: [])) }
    #expect(told?.message == "/no/such/program: cannot start it: No such file or directory")
    #expect(told?.kind == .environment && told?.status == .notFound)
  }
}

@Suite struct SystemFilesTests {
  private let folder = Folder()
  private let files = SystemFiles()

  @Test func replacedFileHasTheNewContentAndNoRemains() throws {
    let path = folder.path + "/a"
    try files.replaceDurably(path, [1])
    try files.replaceDurably(path, [2, 3])
    #expect(try files.read(path, limit: 9) == [2, 3] && files.list(folder.path) == ["a"])
    #expect(try files.info(path)?.size == 2 && files.info(path)?.kind == .file)
  }

  @Test func failuresNameThePathAndTheirStatus() throws {
    let path = folder.path + "/a"
    let missing = failure { _ = try files.read(path, limit: 1) }
    #expect(missing?.message == "\(path): cannot open it: No such file or directory" && missing?.status == .notFound)
    try files.replaceDurably(path, [1, 2])
    #expect(failure { _ = try files.read(path, limit: 1) }?.status == .invalidConfig)
    #expect(failure { _ = try files.create(path) }?.status == .conflict)
    #expect(failure { try files.createDirectory(path) }?.status == .conflict)
    #expect(failure { _ = try files.info(path + "/below") } == nil)
    try files.remove(path)
    try files.remove(path)
    #expect(try files.info(path) == nil && files.list(folder.path + "/none").isEmpty)
  }

  @Test func foldersAreMadeWithThoseAboveThem() throws {
    try files.createDirectory(folder.path + "/a/b/c")
    try files.createDirectory(folder.path + "/a/b/c")
    #expect(try files.info(folder.path + "/a/b/c")?.kind == .directory)
  }
}

@Suite struct SystemLanesTests {
  @Test func joinReturnsOnceTheBodyHas() throws {
    let flag = Flag()
    let handle = try SystemLanes().start("a lane with a long name") { flag.raise() }
    handle.join()
    handle.join()
    #expect(flag.isRaised)
  }

  @Test func monitorWakesWhoWaits() throws {
    let lanes = SystemLanes()
    let monitor = lanes.makeMonitor()
    let box = Turns()
    let other = try lanes.start("other") {
      monitor.withLock {
        while box.count < 1 { _ = monitor.wait(until: .distantFuture) }
        box.add(2)
        monitor.signalAll()
      }
    }
    monitor.withLock {
      box.add(1)
      monitor.signalAll()
      while box.count < 2 { _ = monitor.wait(until: .distantFuture) }
    }
    other.join()
    #expect(box.all == [1, 2])
  }

  @Test func waitEndsAtItsDeadline() {
    let clock = SystemClock()
    let monitor = SystemLanes().makeMonitor()
    let deadline = clock.now().advanced(by: .milliseconds(20))
    monitor.withLock { while monitor.wait(until: deadline) {} }
    #expect(clock.now() >= deadline)
  }
}

private final class Flag: Sendable {
  private let flag = Mutex(false)
  func raise() { flag.withLock { $0 = true } }
  var isRaised: Bool { flag.withLock { $0 } }
}

private final class Turns: Sendable {
  private let turns = Mutex<[Int]>([])
  func add(_ turn: Int) { turns.withLock { $0.append(turn) } }
  var count: Int { turns.withLock { $0.count } }
  var all: [Int] { turns.withLock { $0 } }
}

@Suite struct SystemLockTests {
  @Test func aLockIsHeldByOneUntilItIsLetGo() throws {
    let files = SystemFiles()
    let path = FileManager.default.temporaryDirectory.path + "/headrace-lock-" + UUID().uuidString
    defer { try? files.remove(path) }
    var first: (any FileLock)? = try files.lock(path)
    #expect(first != nil)
    #expect(try files.lock(path) == nil, "a second one in this process")
    first = nil
    // A program that another test is just starting has what this process has open, until it is that program.
    for _ in 0..<12_000 {
      if try files.lock(path) != nil { return }
      usleep(10_000)
    }
    Issue.record("it is not let go")
  }

  @Test func aLockThatCannotBeMadeSaysWhy() {
    let failure = #expect(throws: Failure.self) { try SystemFiles().lock("/proc/no/such/lock") }
    #expect(failure?.message.contains("/proc/no/such/lock") == true)
  }
}
