import Glibc
import HostModel
import Testing

/// Hostile plugins, each in a worker that is confined to what its manifest declares: whatever they do costs that worker, and the
/// host says what happened.
@Suite struct ZooTests {
  private static func items(_ subjects: String...) -> [ZooItem] {
    Zoo.items.filter { subjects.contains($0.subject) && $0.places.contains("read") }
  }

  /// How long what hangs would hang.
  private static let seconds = 600

  private func config(_ item: ZooItem, _ more: String = "") -> String {
    #"{"misbehaviour": "\#(item.name)", "at": "read", "after": 3, "seconds": \#(Self.seconds)\#(more)}"#
  }

  @Test func theZooIsThere() {
    #expect(Zoo.items.count > 200)
    #expect(Set(Zoo.items.map(\.name)).count == Zoo.items.count)
  }

  @Test func withoutMisbehaviourEveryRowIsRead() throws {
    let zoo = try Zoo()
    #expect(zoo.plugin.isWorker)
    let visit = zoo.visit("{}")
    #expect(visit.failure == nil && visit.rows == Zoo.rows, "\(visit)")
  }

  /// The worker dies; the batch that it was reading is read again by another one, and every row comes once.
  @Test(arguments: items("crashes"))
  func aCrashCostsTheWorkerAndNoRow(item: ZooItem) throws {
    let zoo = try Zoo()
    let visit = zoo.visit(config(item, #", "once": "\#(zoo.mark(item.name))""#))
    print("zoo: \(item): \(visit.rows) rows, \(zoo.attempts(.crashed)) crashes")
    // Two of them begin with something that a worker may not do.
    let isRefused = visit.failure?.status == .permissionDenied && ["bus_error", "become_another"].contains(item.name)
    #expect(isRefused || visit.failure == nil && visit.rows == Zoo.rows, "\(visit)")
    #expect(access(zoo.mark(item.name), F_OK) == 0, "it never happened")
  }

  /// The host has every batch while worker after worker dies: what was lent is as it was when it came.
  @Test(arguments: ["abort", "exit_0", "null_dereference"])
  func whatWasLentOutlivesItsWorker(name: String) throws {
    let zoo = try Zoo()
    let visit = zoo.visit(
      #"{"misbehaviour": "\#(name)", "at": "read", "after": 2, "every": true}"#, timeout: .seconds(10), keeps: true)
    #expect(zoo.attempts(.crashed) > 2 && visit.rows == Zoo.rows, "\(visit.told)")
    var next: Int64 = 0
    for box in visit.kept {
      for id in box.take().int64Values(0) {
        #expect(id == next)
        next += 1
      }
    }
    #expect(next == Zoo.rows)
  }

  /// A worker may change what it has lent, and give its memory back to the system: reading it is safe, and only numbers change.
  @Test(arguments: [("punch_mappings", 0), ("scribble_mappings", -1), ("shrink_memory", nil), ("grow_memory", nil)])
  func whatIsLentCanAlwaysBeRead(name: String, left: Int64?) throws {
    let zoo = try Zoo()
    // The fifth batch is read ahead once the fourth was asked for: three are taken by then, and the fourth may be too late.
    let visit = zoo.visit(
      #"{"misbehaviour": "\#(name)", "at": "read", "after": 4}"#, timeout: .seconds(10), keeps: true)
    let seen = visit.kept.prefix(3).flatMap { $0.take().int64Values(0) }
    #expect(seen.count == 750)
    for (row, id) in seen.enumerated() { #expect(id == left ?? Int64(row), "\(name): row \(row) is \(id)") }
  }

  /// A worker that goes on dying is told as what it is: the signal or the code, and what it was doing.
  @Test(arguments: [
    ("null_dereference", "SIGSEGV"), ("abort", "SIGABRT"), ("exit_0", "exit code 0"), ("exit_3", "exit code 3"),
    ("division_trap", "SIGFPE"), ("raise_sigkill", "SIGKILL"),
    ("forge_messages", "sent a frame of 4098729727 bytes"),
  ])
  func theCauseIsTold(name: String, cause: String) throws {
    let zoo = try Zoo()
    let visit = zoo.visit(#"{"misbehaviour": "\#(name)", "at": "read", "every": true}"#)
    let failure = try #require(visit.failure)
    #expect(failure.status == .crashed && failure.message.contains(cause), "\(failure)")
    #expect(failure.message.contains("plugin 'zoo': read:"), "\(failure)")
  }

  /// A call that does not come back is ended with its worker; the lane that made it is free again.
  @Test(arguments: items("hangs").filter { !["never_destroyed", "slow_release", "slow_cancel"].contains($0.name) })
  func aHangCostsTheWorkerAndNoLane(item: ZooItem) throws {
    let zoo = try Zoo()
    let began = SystemClockReading.now
    let visit = zoo.visit(config(item, #", "once": "\#(zoo.mark(item.name))""#), timeout: .seconds(1))
    let lasted = SystemClockReading.now - began
    print("zoo: \(item): \(visit.rows) rows, \(zoo.attempts(.hung)) hangs, \(visit.told)")
    let ends: [Status?] = [nil, .deadlineExceeded, .permissionDenied]
    #expect(ends.contains(visit.failure?.status), "\(visit)")
    #expect(lasted < Self.seconds, "it waited until it was over")
  }

  /// Whatever a plugin returns or does, the host says something sensible, and goes on.
  @Test(arguments: items("arrow", "batches", "errors", "listings", "shared_memory", "process"))
  func whateverComesIsAnswered(item: ZooItem) throws {
    let zoo = try Zoo()
    let visit = zoo.visit(config(item), timeout: .seconds(5))
    print("zoo: \(item): \(visit.rows) rows, \(visit.told)")
    if let failure = visit.failure {
      #expect(!failure.message.isEmpty && failure.status != nil, "\(failure)")
    } else {
      #expect(visit.batches > 0)
    }
    // The host is as it was: the same library serves the next one.
    let next = zoo.visit("{}")
    #expect(next.failure == nil && next.rows == Zoo.rows, "\(next)")
  }

  /// Memory, processor time, descriptors, processes and the log have bounds.
  @Test(arguments: items("resources"))
  func whatIsUsedUpIsTheWorkersOwn(item: ZooItem) throws {
    let zoo = try Zoo(permissions: "{memory: 256MiB, open_files: 64, cpu_time: 10s}")
    let path = #", "path": "\#(zoo.mark("filled"))", "once": "\#(zoo.mark(item.name))""#
    let visit = zoo.visit(config(item, path), timeout: .seconds(5))
    print("zoo: \(item): \(visit.rows) rows, \(visit.told), \(zoo.host.lines.current.count) lines in the log")
    #expect(visit.failure.map { !$0.message.isEmpty } ?? (visit.rows == Zoo.rows), "\(visit)")
    #expect(zoo.host.lines.current.count <= 1000)
    let next = zoo.visit("{}")
    #expect(next.failure == nil && next.rows == Zoo.rows, "\(next)")
  }

  /// Not promised: that a plugin runs no code that it writes for itself.
  private static let permitted = ["writable_code"]

  /// What the manifest does not declare fails with the system's own error, and nothing comes of it.
  @Test(arguments: items("permissions").filter { !permitted.contains($0.name) })
  func whatIsNotDeclaredIsRefused(item: ZooItem) throws {
    let zoo = try Zoo()
    let visit = zoo.visit(config(item, #", "path": "/etc/shadow""#), timeout: .seconds(5))
    let warned = zoo.host.lines.current.map(\.message)
    print("zoo: \(item): \(visit.told); \(warned)")
    #expect(!warned.contains { $0.contains("was not stopped") }, "\(warned)")
  }
}

/// Real time, for the tests' own patience.
private enum SystemClockReading {
  static var now: Int { time(nil) }
}
