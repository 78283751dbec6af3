import Foundation
import HostFormats
import HostModel
import HostNotifications
import HostPolicy
import Testing

@Suite final class CommandTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("headrace-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(at: folder) }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  private func run(_ target: NotificationTarget) throws -> (
    counts: NotifierCounts.Target, seen: NotifierWorld.Seen
  ) {
    try NotifierWorld.run([target]) { world in
      world.notifier.notify(notification("db"))
      world.advance(to: 5)
      return (world.counts(), world.seen)
    }
  }

  @Test func documentComesOnStandardInputAndArgumentsAsTheyAre() throws {
    let script = "cat >\"$1\"; printf '%s|' \"$@\" >\"$1.words\"; env >\"$1.env\""
    let words = ["sh", path("got"), "$HOME; rm *", "two words"]
    let target = NotificationTarget("ops", .command(executable: "/bin/sh", arguments: ["-c", script] + words))
    #expect(try run(target).counts.delivered == 1)
    let document = try JSONValue.parse([UInt8](Data(contentsOf: URL(fileURLWithPath: path("got")))))
    #expect(document["id"] == "run-7-ops-1" && document["key"] == "db" && document["state"] == "open")
    #expect(try String(contentsOfFile: path("got.words"), encoding: .utf8) == "\(path("got"))|$HOME; rm *|two words|")
    let names = try String(contentsOfFile: path("got.env"), encoding: .utf8).split(separator: "\n")
      .map { String($0.prefix { $0 != "=" }) }
    // The shell adds those of its own.
    #expect(Set(names).subtracting(["PWD", "OLDPWD", "SHLVL", "_"]) == ["PATH"])
  }

  @Test func failureIsToldWithItsExitCodeAndNothingThatTheCommandSaid() throws {
    let (counts, seen) = try run(shell("echo s3cret; echo s3cret >&2; exit 3"))
    let failure = try #require(seen.allFailures.first)
    #expect(failure.description == "notification target 'ops': it failed [exit 3]; 1 notification waits")
    #expect(failure.status == .fatal && failure.attempts == 1 && counts.failed == 1)
  }

  @Test func temporaryFailureIsTriedAgain() throws {
    let target = shell("echo x >>'\(path("tries"))'; [ $(wc -l <'\(path("tries"))') -ge 3 ] || exit 75")
    let (counts, seen) = try run(target)
    #expect(counts.delivered == 1 && seen.allFailures.isEmpty)
    #expect(try String(contentsOfFile: path("tries"), encoding: .utf8) == "x\nx\nx\n")
  }

  @Test func signalIsACrash() throws {
    let failure = try #require(try run(shell("kill -SEGV $$")).seen.allFailures.first)
    #expect(failure.status == .crashed && failure.explanation == "a signal ended it [signal 11] (3 attempts)")
  }

  @Test func commandThatHangsIsKilledWithItsChildren() throws {
    var children: [Substring] = []
    // Whoever is killed before he has begun, as on a busy machine, has no children.
    for patience in [Duration.milliseconds(300), .seconds(10)] where children.count < 3 {
      let target = shell("sleep 600 & echo $! >>'\(path("children"))'; wait", timeout: patience)
      let failure = try #require(try run(target).seen.allFailures.first)
      #expect(failure.status == .timeout && failure.attempts == 3)
      let text = (try? String(contentsOfFile: path("children"), encoding: .utf8)) ?? ""
      children = text.split(separator: "\n")
    }
    // Closing has tried again what did not arrive.
    #expect(children.count >= 3)
    #expect(children.allSatisfy { hasEnded(String($0)) })
  }

  /// Whether a process is gone, or a zombie that nobody has collected, within two minutes.
  private func hasEnded(_ process: String) -> Bool {
    for _ in 0..<12_000 {
      guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return true }
      if stat.contains(") Z ") { return true }
      usleep(10_000)
    }
    return false
  }

  @Test func programThatIsNotThereIsToldAndNotTriedAgain() throws {
    let target = NotificationTarget("ops", .command(executable: "/no/such/program", arguments: []))
    let failure = try #require(try run(target).seen.allFailures.first)
    #expect(failure.status == .notFound && failure.attempts == 1)
    #expect(failure.explanation == "/no/such/program: cannot start it: No such file or directory")
    #expect(failure.dependency.description == "notify@program")
  }
}
