import HostModel
import Testing
import TestSupport

/// The file system fails and the process lives: what it cleans up may be nothing that is in use.
@Suite struct LakeFaultTests {
  private let script = LakeScript()

  /// Runs into the fault, looks at what is left, and goes on in the same process once the fault is over.
  private func checkFault(_ fault: FileFault) throws -> Failure? {
    let world = try LakeWorld(seed: 1)
    let process = try world.open()
    let operations = world.files.trace.count
    world.files.inject(fault)
    var known = 0
    var failure: Failure?
    do { try script.resume(process) { known += 1 } } catch let error as Failure { failure = error }
    world.files.clearFaults()
    if failure == nil, world.files.trace.count == operations { return nil }
    let reader = try world.open()
    try reader.audit()
    #expect(try script.done(reader) == known, "a step failed and is done, or the other way round: \(fault)")
    #expect(try script.rows(reader) == script.rows(after: known), "\(fault)")
    try script.resume(process)
    world.files.crash(.everythingUnsynced)
    let last = try world.open()
    try last.audit()
    #expect(try script.rows(last) == script.rows(after: script.steps.count), "\(fault)")
    return failure
  }

  @Test func anOperationThatFailsChangesNothingAndTheNextTryEndsTheWork() throws {
    let world = try LakeWorld(seed: 1)
    let first = try world.open()
    let opened = world.files.trace.count
    try script.resume(first)
    let count = world.files.trace.count
    var failures = 0
    for number in opened..<count {
      if let failure = try checkFault(.failure(at: number)) {
        #expect(failure.message.hasSuffix("Input/output error"))
        failures += 1
      }
    }
    // Hints, and the removal of what nobody needs, fail in silence.
    print("lake faults: \(failures) of \(count - opened) operations fail a commit")
    #expect(failures > count / 2 && failures < count - opened)
  }

  @Test func aFullDiskEndsTheCommitAndNothingElse() throws {
    for limit in stride(from: 0, to: 60_000, by: 1500) {
      let failure = try checkFault(.diskFull(after: limit))
      #expect(failure.map { $0.message.hasSuffix("No space left on device") } ?? (limit > 20_000), "\(limit) bytes")
    }
  }
}
