import CHeadrace
import HostFormats
import HostModel
@testable import HostPluginCalls
import HostSystem
import Testing

/// The host's side of reading ahead, with a worker that says what a test wants it to.
@Suite struct RemoteReadingTests {
  private static let columns = numbersBatch(rows: 0).schema

  /// Memory that a worker shares.
  private final class Memory: SharedMemory, @unchecked Sendable {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(memory) }
    deinit { memory.deallocate() }
  }

  private let memory = Memory()
  private let sender: BatchExchange

  init() { sender = BatchExchange(SegmentAllocator(memory.memory), reading: Memory(), isTrusting: true) }

  private func frame(_ body: (inout WireWriter) throws -> Void) rethrows -> WorkerArrival {
    var writer = WireWriter()
    writer.put(UInt32(0))
    try body(&writer)
    return .frame(.calls, WireMessage.frames(writer)[0])
  }

  private func done(_ body: (inout WireWriter) -> Void = { _ in }) -> WorkerArrival {
    frame { writer in
      WorkerOutcome(.ok).put(&writer)
      body(&writer)
    }
  }

  private func failed(_ status: Status) -> WorkerArrival {
    frame { WorkerOutcome(Failure(.run, "it was asked to end", status: status)).put(&$0) }
  }

  /// A batch of `ordinal` rows, lent.
  private func batch(
    _ ordinal: UInt64, goesOn: Bool, more: (inout WireWriter) -> Void = { _ in }
  ) throws -> WorkerArrival {
    try frame { writer in
      WorkerOutcome(.ok).put(&writer)
      writer.put(UInt32(0))
      writer.put(ordinal)
      writer.put([UInt8(ordinal)])
      writer.put(Int64(0))
      try sender.put(numbersBatch(rows: Int(ordinal)), &writer)
      writer.put(goesOn)
      more(&writer)
    }
  }

  private func opened() -> WorkerArrival { done { $0.put(Self.columns) } }

  /// An instance with an open reader, and what its worker says then.
  private func instance(_ arrivals: [WorkerArrival]) throws -> (RemoteInstance, OpaquePointer?) {
    let all = RemoteInstanceTests.beginning + [opened()] + arrivals
    let instance = RemoteInstanceTests.instance(in: ScriptedSpawner(arrivals: { all }, inbound: memory))
    var reader: OpaquePointer?
    var request = headrace_open_request()
    request.batch_rows = 7
    #expect(instance.openReader(nil, &request, nil, &reader, nil) == HEADRACE_OK)
    return (instance, reader)
  }

  private func call(until deadline: Int64 = .max) -> headrace_call {
    var call = headrace_call()
    call.struct_size = UInt32(MemoryLayout<headrace_call>.size)
    call.deadline_ns = deadline
    call.is_cancelled = { _ in 0 }
    return call
  }

  /// The rows of the next batch, or why there is none.
  private func read(
    _ instance: RemoteInstance, _ reader: OpaquePointer?, until deadline: Int64 = .max
  ) -> (rows: Int64, status: Status?) {
    var (call, batch, error) = (call(until: deadline), headrace_batch.empty, headrace_error.empty)
    let status = instance.read(&call, reader, &batch, &error)
    defer { error.release?(&error) }
    guard status == HEADRACE_OK else { return (0, Status(rawValue: status)) }
    let rows = batch.array.length
    batch.array.release?(&batch.array)
    batch.release?(&batch)
    return (rows, .ok)
  }

  private func acknowledge(_ instance: RemoteInstance) -> Status? {
    var (call, position) = (call(), headrace_split_position())
    return Status(rawValue: instance.acknowledge(&call, &position, nil))
  }

  /// What the worker was asked for, without what made its instance and opened the split.
  private func asked(_ worker: ScriptedWorker) throws -> [(
    operation: WorkerOperation, number: UInt64, returned: [UInt64]
  )] {
    try worker.calls.dropFirst(2).map { frame in
      var reader = try WireMessage(frame, mostAttached: 0).reader
      let returned = try reader.list { (reader) throws(Failure) in try reader.number(UInt64.self) }
      let call = try WorkerCall(&reader)
      return (call.operation, call.number, returned)
    }
  }

  private func worker(_ instance: RemoteInstance) throws -> ScriptedWorker {
    try #require(instance.worker as? ScriptedWorker)
  }

  @Test func anAnswerThatCameBeforeIsKeptForTheReadThatAsksForIt() throws {
    let (instance, reader) = try instance([
      try batch(1, goesOn: true), try batch(2, goesOn: true), done(), try batch(3, goesOn: false),
    ])
    #expect(read(instance, reader).rows == 1)
    // The second batch comes before the answer to this.
    #expect(acknowledge(instance) == .ok)
    #expect(instance.ahead?.answer != nil)
    #expect(read(instance, reader).rows == 2)
    #expect(read(instance, reader).rows == 3 && instance.ahead == nil)
    let asked = try asked(try worker(instance))
    #expect(asked.map(\.operation) == [.read, .acknowledge, .read, .read])
    #expect(asked.map(\.returned) == [[], [1], [], [2]])
    withExtendedLifetime(reader) {}
  }

  @Test func closingCancelsWhatIsReadAheadUntilItHasEndedAndGivesItBack() throws {
    let (instance, reader) = try instance([
      try batch(1, goesOn: true), .nothing, .nothing, try batch(2, goesOn: true), done(),
    ])
    #expect(read(instance, reader).rows == 1)
    let worker = try worker(instance)
    instance.closeReader(reader)
    #expect(instance.ahead == nil && instance.worker === worker)
    let asked = try asked(worker)
    #expect(asked.map(\.operation) == [.read, .closeReader] && asked[1].returned.sorted() == [1, 2])
    let cancelled = try worker.controls.map { frame in
      var reader = WireReader(frame)
      return try reader.number(UInt64.self)
    }
    #expect(cancelled == [UInt64](repeating: asked[0].number + 1, count: 3))
  }

  /// Its call had to wait for it and was cancelled; or nobody asked for it in time.
  @Test(arguments: [Status.cancelled, .deadlineExceeded])
  func whatWasReadTooEarlyIsReadAgainFromTheLastBatch(status: Status) throws {
    let (instance, reader) = try instance([
      try batch(1, goesOn: true), failed(status), opened(), try batch(2, goesOn: false),
    ])
    #expect(read(instance, reader).rows == 1)
    #expect(read(instance, reader).rows == 2)
    let worker = try worker(instance)
    #expect(try asked(worker).map(\.operation) == [.read, .read, .openReader, .read])
    var request = try WireMessage(worker.calls[4], mostAttached: 0).reader
    _ = try request.list { (reader) throws(Failure) in try reader.number(UInt64.self) }
    _ = try WorkerCall(&request)
    let split = try OpenedSplit(&request)
    #expect(split.position == [1] && split.ordinal == 1 && split.batchRows == 7)
  }

  @Test func aReadThatRanOutByItselfIsTold() throws {
    // Asked for and not read ahead, and read ahead but asked for by a call whose time is up as well.
    let (plain, first) = try instance([failed(.deadlineExceeded)])
    #expect(read(plain, first).status == .deadlineExceeded)
    let (late, second) = try instance([try batch(1, goesOn: true), failed(.deadlineExceeded)])
    #expect(read(late, second).rows == 1)
    #expect(read(late, second, until: 1).status == .deadlineExceeded)
  }

  @Test func columnsThatChangedMeanwhileAreAConflict() throws {
    let other = done { $0.put(Schema([Field("other", .string)])) }
    let (instance, reader) = try instance([try batch(1, goesOn: true), failed(.cancelled), other])
    #expect(read(instance, reader).rows == 1)
    #expect(read(instance, reader).status == .conflict)
  }

  @Test func whatIsNoBatchIsFoundWhenItIsGivenBack() throws {
    let (instance, reader) = try instance([try batch(1, goesOn: true), done { $0.put(UInt32(9)) }])
    #expect(read(instance, reader).rows == 1)
    let worker = try worker(instance)
    instance.closeReader(reader)
    #expect(worker.isEnded && instance.worker == nil)
  }

  /// Who is told of a failure releases nothing: rows that were handed over before would never be given back.
  @Test func nothingIsHandedOverOfAnAnswerThatHasMoreToSay() throws {
    let longer = try batch(1, goesOn: true) { $0.put(UInt8(7)) }
    let (instance, reader) = try instance([longer])
    let exchange = try #require(instance.exchange)
    var (call, batch, error) = (call(), headrace_batch.empty, headrace_error.empty)
    #expect(instance.read(&call, reader, &batch, &error) == HEADRACE_FATAL)
    error.release?(&error)
    #expect(batch.release == nil && batch.array.release == nil)
    #expect(exchange.lentCount == 0 && instance.ahead == nil && instance.worker == nil)
  }

  @Test func aDeathInAReadAheadIsToldByTheCallThatMeetsIt() throws {
    let (instance, reader) = try instance([try batch(1, goesOn: true), .closed])
    #expect(read(instance, reader).rows == 1)
    var (call, position, error) = (call(), headrace_split_position(), headrace_error.empty)
    #expect(instance.acknowledge(&call, &position, &error) == HEADRACE_CRASHED)
    #expect(String(error.message).contains("SIGKILL") && String(error.message).contains("in a read ahead"))
    error.release?(&error)
    #expect(read(instance, reader).status == .crashed)
  }

  /// A worker whose call is cancelled before it begins: it had not come so far.
  @Test func aCancelThatComesEarlyIsRemembered() {
    let current = CurrentCall(SystemClock())
    let heard = Shared(0)
    let hear: @Sendable () -> Void = { heard.change { $0 += 1 } }
    current.begin(4, cancel: hear)
    current.cancel(5)
    #expect(!current.isCancelled && heard.current == 0)
    current.end()
    current.begin(5, cancel: hear)
    #expect(current.isCancelled)
    // Repeated by who has asked for it, since the plugin may not have been entered yet.
    current.cancel(5)
    #expect(heard.current == 1)
    current.end()
    current.begin(6, cancel: hear)
    current.cancel(5)
    #expect(!current.isCancelled && heard.current == 1)
  }
}
