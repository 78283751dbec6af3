import Glibc
import HostModel
@testable import HostPluginCalls
import HostSystem
import Testing

/// Processes in the place of workers that keep to no rule: they end when the host says so, and write where they may.
@Suite struct OutlawTests {
  private let folder: TestFolder
  private let program: String

  init() throws {
    folder = try TestFolder()
    program = folder.path + "/outlaw"
    try Built.compile("Tests/Plugins/Broken/outlaw.c", to: program, flags: ["-pthread"])
  }

  private func start(_ executable: String, _ arguments: [String], input: [UInt8] = []) throws -> any WorkerProcess {
    try SystemWorkerSpawner().start(
      WorkerRequest(
        executable: executable, arguments: arguments, input: input, file: program,
        segmentBytes: WorkerLimits.segmentBytes, frameBytes: WorkerLimits.frameBytes))
  }

  private func soon() -> Instant { SystemClock().now().advanced(by: .milliseconds(300)) }

  /// Ends a worker, unless that takes for ever.
  private func end(_ worker: any WorkerProcess) throws -> (exit: ProcessExit, said: String) {
    let ended = Shared<(exit: ProcessExit, said: String)?>(nil)
    let ending = try Background { () throws(Failure) in
      let result = worker.end(patience: .seconds(5))
      ended.change { $0 = result }
    }
    try eventually("the worker is ended") { ended.current != nil }
    try ending.value()
    return try #require(ended.current)
  }

  @Test func aFloodOfErrorsPutsOffNoDeadline() throws {
    let worker = try start(program, ["flood"])
    let arrived = Shared(false)
    let listening = try Background { () throws(Failure) in
      // Until there is something to take in, a wait has its deadline anyhow.
      for _ in 0..<3 { _ = worker.receive(until: SystemClock().now().advanced(by: .milliseconds(200))) }
      arrived.change { $0 = true }
    }
    defer { kill(worker.processID, SIGKILL) }
    try eventually("the waits are over") { arrived.current }
    try listening.value()
    kill(worker.processID, SIGKILL)
    // All that there is of it is one line without a beginning.
    #expect(try end(worker).said == "")
  }

  @Test func aWorkerThatHasLeftItsGroupIsEnded() throws {
    let worker = try start(program, ["leave"])
    let process = worker.processID
    defer { kill(process, SIGKILL) }
    try eventually("it has left") { getpgid(process) == getpgid(0) }
    let ended = Shared(false)
    let ending = try Background { () throws(Failure) in
      _ = worker.end(patience: .zero)
      ended.change { $0 = true }
    }
    try eventually("the worker is ended") { ended.current }
    try ending.value()
  }

  @Test func whatTheHostWritesCannotBeWrittenByAWorker() throws {
    let worker = try start(program, ["reopen"])
    worker.outbound.storeBytes(of: 7, toByteOffset: 0, as: UInt8.self)
    #expect(try end(worker).exit == .code(0))
    worker.outbound.storeBytes(of: 8, toByteOffset: 0, as: UInt8.self)
    #expect(worker.outbound.load(as: UInt8.self) == 8)
  }

  /// A library's constructor could say that all is enforced, and has run by then.
  @Test func whatIsNotEnforcedIsRefusedBeforeTheLibraryIsLoaded() throws {
    let library = folder.path + "/crashes.so"
    try Built.compile("Tests/Plugins/Broken/crashes.c", to: library)
    var confinement = Confinement()
    confinement.isStrict = true
    let worker = try SystemWorkerSpawner().start(
      WorkerRequest(
        executable: Built.folder + "/old-kernel",
        arguments: ["seccomp", "--", Built.folder + "/headrace-worker"]
          + WorkerSession.arguments(library: library, isConfined: true),
        input: confinement.bytes, file: library, segmentBytes: WorkerLimits.segmentBytes,
        frameBytes: WorkerLimits.frameBytes))
    guard case .frame(.calls, let frame) = worker.receive(until: SystemClock().now().advanced(by: .seconds(30))) else {
      throw TestFailure("it says nothing: \(worker.end(patience: .zero))")
    }
    var reader = try WireMessage(frame, mostAttached: 0).reader
    _ = try reader.list { (reader) throws(Failure) in try reader.number(UInt64.self) }
    let told = try WorkerOutcome(&reader)
    #expect(told.status == .notFound && told.message.contains("does not enforce: which system calls are made"))
    #expect(!worker.end(patience: .seconds(5)).said.contains("unhappy"))
  }
}
