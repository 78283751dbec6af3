import HostModel
import Synchronization
import Testing
import TestSupport

@Suite struct LakeCrashTests {
  private let script = LakeScript()

  /// A run without faults, and what it did to the file system.
  private func undisturbed() throws -> (trace: [FileOperation], rows: LakeScript.Rows) {
    let world = try LakeWorld(seed: 1)
    let process = try world.open()
    try script.resume(process)
    try process.audit()
    return (world.files.trace, try script.rows(process))
  }

  /// Runs until the fault ends the process; the number of steps that it knows to be done.
  private func runUntilCrash(_ world: LakeWorld) -> Int {
    var known = 0
    do {
      try script.resume(world.open()) { if !world.files.isCrashed { known += 1 } }
    } catch { precondition(world.files.isCrashed || (error as? Failure) != nil, "\(error)") }
    return known
  }

  /// What must hold for a process that begins after a crash: no step is lost that was known to be done, none is there in
  /// part, everything that the catalog leads to is whole; and going on ends as if nothing had happened.
  private func checkRecovery(_ world: LakeWorld, known: Int) throws {
    let process = try world.open()
    try process.audit()
    let done = try script.done(process)
    // The catalog may have changed just before the end, unknown to the process.
    #expect(done == known || done == known + 1)
    #expect(try script.rows(process) == script.rows(after: done))
    try script.resume(process)
    let before = world.files.trace.count
    try script.resume(try world.open())
    #expect(!world.files.trace.dropFirst(before).contains { if case .write = $0 { true } else { false } })
    // What was acknowledged is durable, whichever of the two processes has written it.
    world.files.crash(.everythingUnsynced)
    let last = try world.open()
    try last.audit()
    #expect(try script.rows(last) == script.rows(after: script.steps.count))
  }

  @Test func theScriptEndsAsItsStepsSay() throws {
    let (trace, rows) = try undisturbed()
    #expect(rows == script.rows(after: script.steps.count))
    #expect(rows[LakeScript.accounts] == Array(10..<15) && rows[LakeScript.orders] == [50, 51, 52])
    #expect(try undisturbed().trace == trace)
    // Metadata that nobody can reach was removed on the way: the audit has something to find if too much had been.
    #expect(trace.contains { if case .remove(let path) = $0 { path.hasSuffix(".metadata.json") } else { false } })
  }

  /// Where to crash so that every state on the way is met. After one operation and before the next the files are the same;
  /// it makes a difference only where the catalog moves between the two, which is never while a file is being written.
  private func crashes(_ trace: [FileOperation]) -> [FileFault] {
    trace.indices.flatMap { number -> [FileFault] in
      switch trace[number] {
      case .syncDirectory, .remove: [.crashBefore(number), .crashAfter(number)]
      default: [.crashBefore(number)]
      }
    } + [.crashAfter(trace.count - 1)]
  }

  @Test(arguments: CrashLoss.allCases)
  func aCrashAtAnyOperationLosesNothingAndDoublesNothing(_ loss: CrashLoss) throws {
    let trace = try undisturbed().trace
    let faults = crashes(trace)
    for seed in SimulationSeeds.first(1) {
      print("lake crashes: \(faults.count) at \(trace.count) operations, \(loss), seed \(seed)")
      for fault in faults {
        let world = try LakeWorld(seed: seed)
        world.files.inject(fault)
        let known = runUntilCrash(world)
        let last = world.files.trace.suffix(3).map(\.description).joined(separator: "; ")
        world.files.crash(loss)
        do { try checkRecovery(world, known: known) } catch {
          Issue.record("\(fault), \(loss), seed \(seed), after \(last): \(error)")
          return
        }
      }
    }
  }
}
