import Glibc
import HostModel
@testable import HostPluginCalls
@testable import HostSystem
import Testing

/// Processes in the place of workers that keep to no rule: they end when the host says so, and write where they may.
@Suite struct OutlawTests {
  /// Its thread stays for the rest of the process, so there is one.
  private static let spawner = SystemWorkerSpawner()
  private let folder: TestFolder
  private let program: String

  init() throws {
    folder = try TestFolder()
    program = folder.path + "/outlaw"
    try Built.compile("Tests/Plugins/Broken/outlaw.c", to: program, flags: ["-pthread"])
  }

  /// - Parameter file: what it finds open; the program itself unless stated.
  private func start(
    _ executable: String, _ arguments: [String], input: [UInt8] = [], file: String? = nil
  ) throws -> any WorkerProcess {
    try Self.spawner.start(
      WorkerRequest(
        executable: executable, arguments: arguments, input: input, file: file ?? program,
        segmentBytes: WorkerLimits.segmentBytes, frameBytes: WorkerLimits.frameBytes))
  }

  /// The first thing that a worker says.
  private func greeting(_ worker: any WorkerProcess) throws -> WorkerOutcome {
    guard case .frame(.calls, let frame) = worker.receive(until: SystemClock().now().advanced(by: .seconds(30))) else {
      throw TestFailure("it says nothing: \(worker.end(patience: .zero))")
    }
    var reader = try WireMessage(frame, mostAttached: 0).reader
    _ = try reader.list { (reader) throws(Failure) in try reader.number(UInt64.self) }
    return try WorkerOutcome(&reader)
  }

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

  /// Whether it was heard or not, its host waits for nothing that it could still say.
  @Test func aWorkerWhoseAnswerCannotBeSentEndsByItself() throws {
    let arguments = WorkerSession.arguments(library: Built.scripted, isConfined: false)
    let worker = try start(Built.folder + "/headrace-worker", arguments, file: Built.scripted)
    #expect(try greeting(worker).status == .ok)
    // From now on it is told what to do, and cannot answer; that its host is gone it would learn elsewhere.
    let calls = try #require(worker as? SystemWorkerProcess).sockets[WorkerChannel.calls.rawValue]
    try #require(shutdown(calls.descriptor, Int32(SHUT_RD)) == 0)
    var writer = WireWriter()
    writer.put(UInt32(0))
    WorkerCall(operation: .create, number: 2, attempt: 1, deadline: .max, key: "").put(&writer)
    writer.put("source")
    writer.put("{}")
    for frame in WireMessage.frames(writer) { #expect(worker.send(frame, on: .calls, until: .distantFuture)) }
    #expect(worker.end(patience: .seconds(30)).exit == .code(0))
  }

  /// A library's constructor could say that all is enforced, and has run by then.
  @Test func whatIsNotEnforcedIsRefusedBeforeTheLibraryIsLoaded() throws {
    let library = folder.path + "/crashes.so"
    try Built.compile("Tests/Plugins/Broken/crashes.c", to: library)
    var confinement = Confinement()
    confinement.isStrict = true
    let worker = try start(
      Built.folder + "/old-kernel",
      ["seccomp", "--", Built.folder + "/headrace-worker"]
        + WorkerSession.arguments(library: library, isConfined: true),
      input: confinement.bytes, file: library)
    let told = try greeting(worker)
    #expect(told.status == .notFound && told.message.contains("does not enforce: which system calls are made"))
    #expect(!worker.end(patience: .seconds(5)).said.contains("unhappy"))
  }
}
