import CHeadrace
import Glibc
import HostModel
@testable import HostPluginCalls
import HostSystem
import Synchronization
import Testing

/// A worker that says what a test wants it to.
final class ScriptedWorker: WorkerProcess, @unchecked Sendable {
  // One thread receives.
  let processID: Int32 = 0
  let outbound = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 4096)
  let inbound: any SharedMemory
  private var arrivals: [WorkerArrival]
  private(set) var isEnded = false
  /// Until when the calls were waited for.
  private(set) var deadlines: [Instant] = []
  /// Until when it was listened to, and the last that it says of itself.
  private(set) var waits: [Instant] = []
  var said = ""
  /// Whether it takes what it is sent.
  var takes = true

  /// What it was sent.
  private(set) var calls: [[UInt8]] = []
  private(set) var controls: [[UInt8]] = []

  init(_ arrivals: [WorkerArrival], inbound: any SharedMemory) {
    self.arrivals = arrivals
    self.inbound = inbound
  }

  func send(_ frame: [UInt8], on channel: WorkerChannel, until deadline: Instant) -> Bool {
    switch channel {
    case .calls:
      calls.append(frame)
      deadlines.append(deadline)
    case .control: controls.append(frame)
    case .services: break
    }
    return takes
  }
  func receive(until deadline: Instant) -> WorkerArrival {
    waits.append(deadline)
    return arrivals.isEmpty ? .closed : arrivals.removeFirst()
  }
  func end(patience: Duration) -> (exit: ProcessExit, said: String) {
    isEnded = true
    return (.signal(9), said)
  }

  deinit { outbound.deallocate() }
}

private final class NoMemory: SharedMemory {
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }
}

/// Starts the same worker again and again.
struct ScriptedSpawner: WorkerSpawner {
  let arrivals: @Sendable () -> [WorkerArrival]
  var inbound: any SharedMemory = NoMemory()

  func start(_ request: WorkerRequest) throws(Failure) -> any WorkerProcess {
    ScriptedWorker(arrivals(), inbound: inbound)
  }

  func makeMonitor() -> any Monitor { SystemLanes().makeMonitor() }
}

private let isCancelled = Atomic<Bool>(false)
private let timesAsked = Atomic<Int>(0)

@Suite struct RemoteInstanceTests {
  /// That the library is loaded, and that the instance is made.
  static let beginning: [WorkerArrival] = {
    var (loaded, made) = (WireWriter(), WireWriter())
    loaded.put(UInt32(0))
    WorkerOutcome(.ok).put(&loaded)
    loaded.put(UInt32(0))
    made.put(UInt32(0))
    WorkerOutcome(.ok).put(&made)
    return [loaded, made].map { .frame(.calls, WireMessage.frames($0)[0]) }
  }()

  private func instance(_ arrivals: [WorkerArrival]) -> RemoteInstance {
    let all = Self.beginning + arrivals
    return Self.instance(in: ScriptedSpawner { all })
  }

  static func instance(
    in spawner: any WorkerSpawner, library path: String = "", worker: String = "", secrets: [String] = []
  ) -> RemoteInstance {
    let description = PluginDescription(name: "scripted", version: "1.0.0", abiVersion: 1, kinds: [:])
    let library = RemoteLibrary(
      path: path, description: description, worker: worker, environment: [:], confinement: .none,
      spawner: spawner)
    let provider = ServiceProvider(
      clock: SystemClock(), files: SystemFiles(), stateRoot: "/nowhere", redactor: Redactor(secrets)
    ) { _ in }
    let services = HostServices(provider, plugin: "scripted", pipeline: "", secretNames: [], abiVersion: 1)
    return RemoteInstance(library, kind: "source", config: "{}", services: services)
  }

  /// What is told of a call that fails.
  private func told(_ instance: RemoteInstance, _ call: UnsafePointer<headrace_call>? = nil) -> (Status?, String) {
    var error = headrace_error.empty
    let status = instance.discover(call, nil, 0, nil, &error)
    defer { error.release?(&error) }
    return (Status(rawValue: status), String(error.message))
  }

  @Test func aWorkerThatBreaksTheProtocolIsToldAsSuch() {
    let cases: [([WorkerArrival], String)] = [
      ([.tooLong(.calls, 99_000_000)], "sent a frame of 99000000 bytes; 67108864 is the most"),
      ([.tooLong(.services, 5_000_000)], "sent a frame of 5000000 bytes; 4194304 is the most"),
      ([.frame(.calls, [1, 2, 3])], "sent what is no answer"),
      // Only rows may be attached.
      ([.frame(.calls, [0, 0, 0, 0, 1, 0, 0, 0])], "sent what is no answer"),
      ([.frame(.services, [])], "asked for what is no service"),
      ([.frame(.services, [200])], "asked for what is no service"),
      ([.frame(.services, [0, 1])], "sent what is no line of a log"),
    ]
    for (arrivals, what) in cases {
      let (status, message) = told(instance(arrivals))
      #expect(status == .crashed && message.contains("its worker process \(what), and was ended"), "\(message)")
    }
    #expect(told(instance([])).1.contains("SIGKILL"), "one that ends by itself is told by how it ended")
  }

  /// Code of the library runs before the first message, and may send one of its own: the next call has a new worker.
  @Test func aWorkerWhoseFirstMessageCannotBeReadIsNotFoundByTheNextCall() {
    var lie = WireWriter()
    lie.put(UInt32(0))
    lie.put(Int32(99))
    let arrivals = [.frame(.calls, WireMessage.frames(lie)[0])] + Self.beginning
    let instance = Self.instance(in: ScriptedSpawner { arrivals })
    for _ in 1...2 {
      let (status, message) = told(instance)
      #expect(status == .fatal && message == "the worker says that a call ended with 99", "\(message)")
      #expect(instance.worker == nil)
    }
  }

  /// Whoever answers so may do anything: it is not left running until somebody destroys the instance.
  @Test func aWorkerWhoseResultCannotBeReadIsEndedAtOnce() throws {
    var (noStatus, noList) = (WireWriter(), WireWriter())
    noStatus.put(UInt32(0))
    noStatus.put(Int32(99))
    noList.put(UInt32(0))
    WorkerOutcome(.ok).put(&noList)
    noList.put(UInt32(7))
    // How its own end is told is not a worker's to say: nobody would be to blame for it.
    let ownEnds = [Status.rejected, .crashed, .hung].map { status in
      var answer = WireWriter()
      answer.put(UInt32(0))
      WorkerOutcome(Failure(.run, "", status: status)).put(&answer)
      return answer
    }
    for answer in [noStatus, noList] + ownEnds {
      let instance = instance([.frame(.calls, WireMessage.frames(answer)[0])])
      #expect(instance.start(nil, nil) == HEADRACE_OK)
      let worker = try #require(instance.worker as? ScriptedWorker)
      #expect(told(instance).0 == .fatal)
      #expect(worker.isEnded && instance.worker == nil)
    }
  }

  /// A worker that takes its call in tiny pieces is no better than one that does not answer.
  @Test func aWorkerThatDoesNotTakeItsCallIsGivenUpWithIt() throws {
    for (deadline, status) in [(Int64(1), Status.hung), (.max, .crashed)] {
      let instance = instance([])
      #expect(instance.start(nil, nil) == HEADRACE_OK)
      let worker = try #require(instance.worker as? ScriptedWorker)
      worker.takes = false
      var call = headrace_call()
      call.struct_size = UInt32(MemoryLayout<headrace_call>.size)
      call.deadline_ns = deadline
      #expect(told(instance, &call).0 == status)
      let end = deadline == .max ? Instant.distantFuture : Instant(nanoseconds: deadline).advanced(by: .seconds(2))
      #expect(worker.deadlines.last == end && worker.isEnded)
    }
  }

  /// A library that hangs while it is loaded does not cost the lane that a watchdog gives up sooner.
  @Test func aStartIsWaitedForAsLongAsTheCallThatNeedsIt() throws {
    for (deadline, most) in [(Int64(1), Instant(nanoseconds: 1).advanced(by: .seconds(2))), (.max, .distantFuture)] {
      let instance = instance([])
      var call = headrace_call()
      call.struct_size = UInt32(MemoryLayout<headrace_call>.size)
      call.deadline_ns = deadline
      #expect(instance.start(&call, nil) == HEADRACE_OK)
      let worker = try #require(instance.worker as? ScriptedWorker)
      let first = try #require(worker.waits.first)
      #expect(first <= most && first <= SystemClock().now().advanced(by: .seconds(30)))
    }
  }

  /// What is closed to be opened again is closed within a call.
  @Test func anEndIsNotWaitedForLongerThanAWatchdogWaitsForACall() throws {
    let instance = instance([])
    #expect(instance.start(nil, nil) == HEADRACE_OK)
    let worker = try #require(instance.worker as? ScriptedWorker)
    instance.closeReader(instance.handle(1))
    let end = try #require(worker.deadlines.last)
    #expect(end < SystemClock().now().advanced(by: Watchdog.Configuration().grace))
  }

  /// A line of the log, as a worker sends it.
  private func line(_ text: String, fields: Int = 0) -> WorkerArrival {
    var writer = WireWriter()
    writer.put(WorkerRequestKind.log.rawValue)
    writer.put(PluginLogLine.Level.error.rawValue)
    writer.put(text)
    writer.put(list: Array(0..<fields)) { writer, field in
      writer.put("\(field)")
      writer.put("")
    }
    return .frame(.services, writer.bytes)
  }

  @Test func aLineHasNoMoreFieldsThanAPluginMayGiveIt() {
    #expect(told(instance([line("", fields: 64)])).1.contains("SIGKILL"))
    #expect(told(instance([line("", fields: 65)])).1.contains("sent what is no line of a log"))
  }

  /// It is kept for a worker that may never come, and sent to it.
  @Test func whatADetectorHasLearntIsNoLargerThanWhatItMaySave() throws {
    for (size, isTaken) in [(1 << 20, true), ((1 << 20) + 1, false)] {
      var writer = WireWriter()
      RemoteMemory.saved([UInt8](repeating: 1, count: size)).put(&writer)
      var reader = WireReader(writer.bytes)
      #expect((failure { _ = try RemoteMemory(&reader) } == nil) == isTaken)
    }
  }

  /// What is told of a worker's end is cut where a secret may be: none of its halves is told.
  @Test func theLastWordsOfAWorkerHaveNoHalfOfASecret() throws {
    let secret = "correct horse\nbattery staple"
    let lines = [line(String(repeating: "x", count: 490) + secret), line("the key is \(secret)")]
    let all = Self.beginning + lines
    let instance = Self.instance(in: ScriptedSpawner { all }, secrets: [secret])
    #expect(instance.start(nil, nil) == HEADRACE_OK)
    try #require(instance.worker as? ScriptedWorker).said = "one\nand \(secret)\nthree\n"
    let (status, message) = told(instance)
    #expect(status == .crashed && message.contains("the key is ***") && message.contains("and ***"), "\(message)")
    for half in ["correct", "horse", "battery", "staple"] { #expect(!message.contains(half), "\(message)") }
  }

  /// After some crashes the next start waits; whoever cancels need not.
  @Test func cancellingEndsTheWaitForARestart() throws {
    let instance = instance([])
    for _ in 0..<4 { _ = told(instance) }
    // A thread that begins after the wait ends with another crash, and finds the next wait, which is longer.
    for _ in 0..<10 {
      let isOver = Shared(false)
      let waiting = try Background { () throws(Failure) in
        defer { isOver.change { $0 = true } }
        var call = headrace_call()
        call.struct_size = UInt32(MemoryLayout<headrace_call>.size)
        call.deadline_ns = .max
        call.is_cancelled = { _ in
          timesAsked.add(1, ordering: .relaxed)
          return isCancelled.load(ordering: .relaxed) ? 1 : 0
        }
        return self.told(instance, &call).0
      }
      try eventually("the call waits") { timesAsked.load(ordering: .relaxed) > 0 || isOver.current }
      isCancelled.store(true, ordering: .relaxed)
      instance.cancel()
      if try waiting.value() == .cancelled { return }
      timesAsked.store(0, ordering: .relaxed)
      isCancelled.store(false, ordering: .relaxed)
    }
    Issue.record("no wait is ended")
  }

  /// Who cancels when the call is not under way yet finds nothing to cancel: the worker is told with the call.
  @Test func aCallThatIsCancelledBeforeItIsSentIsCancelledInItsWorker() throws {
    for isCancelled in [false, true] {
      let instance = instance([])
      #expect(instance.start(nil, nil) == HEADRACE_OK)
      let worker = try #require(instance.worker as? ScriptedWorker)
      var call = headrace_call()
      call.struct_size = UInt32(MemoryLayout<headrace_call>.size)
      call.deadline_ns = .max
      if isCancelled { call.is_cancelled = { _ in 1 } }
      _ = told(instance, &call)
      var number = WireWriter()
      number.put(instance.number)
      #expect(worker.controls == (isCancelled ? [number.bytes] : []))
    }
  }

  /// A library that hangs while it is loaded hears nothing; its worker is ended all the same, long before the call's deadline.
  @Test func cancellingEndsTheWaitForAWorkerThatStarts() throws {
    let folder = try TestFolder()
    let library = folder.path + "/libhangs.so"
    try Built.compile("Tests/Plugins/Broken/hangs.c", to: library)
    let instance = Self.instance(
      in: SystemWorkerSpawner(), library: library, worker: Built.folder + "/headrace-worker")
    let asked = Asked()
    let waiting = try Background { () throws(Failure) in
      var call = headrace_call()
      call.struct_size = UInt32(MemoryLayout<headrace_call>.size)
      call.deadline_ns = .max
      call.ctx = Unmanaged.passUnretained(asked).toOpaque()
      call.is_cancelled = { Asked.of($0).answer() }
      return self.told(instance, &call)
    }
    try eventually("the call waits for its worker") { asked.count.load(ordering: .relaxed) > 1 }
    let worker = try #require(instance.worker?.processID)
    asked.isCancelled.store(true, ordering: .relaxed)
    instance.cancel()
    let (status, message) = try waiting.value()
    #expect(status == .cancelled && message == "the call was cancelled", "\(status): \(message)")
    #expect(instance.worker == nil && kill(worker, 0) != 0)
  }
}

/// Who is asked whether a call is cancelled.
private final class Asked: Sendable {
  let count = Atomic<Int>(0)
  let isCancelled = Atomic<Bool>(false)

  static func of(_ call: UnsafePointer<headrace_call>?) -> Asked {
    guard let ctx = call?.pointee.ctx else { preconditionFailure("a call without its context") }
    return Unmanaged<Asked>.fromOpaque(ctx).takeUnretainedValue()
  }

  func answer() -> Int32 {
    count.add(1, ordering: .relaxed)
    return isCancelled.load(ordering: .relaxed) ? 1 : 0
  }
}
