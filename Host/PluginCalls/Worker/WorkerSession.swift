import CHeadrace
import Glibc
package import HostModel
import Synchronization

/// What a worker does: it loads one library, makes one instance, and calls it as its host asks, until the host is gone.
package final class WorkerSession: @unchecked Sendable {
  // Calls are made and answered by one thread; the one that listens for cancels uses what is safe for any.
  /// The program, beside the host's own.
  package static let program = "headrace-worker"

  /// The argument of a worker that may do what its parent may, and of one that finds on its standard input what it may.
  package static let free = "free"
  package static let confined = "confined"

  /// The parent is named, so that a worker whose parent is gone already does not wait for it.
  static func arguments(library: String, isConfined: Bool) -> [String] {
    [library, String(getpid()), isConfined ? confined : free]
  }

  private let endpoint: any WorkerEndpoint
  private let allocator: SegmentAllocator
  private let exchange: BatchExchange
  private let clock: any Clock
  private let current: CurrentCall
  /// Whether to go on behind the batch that was sent unasked; nil if there is none that its host has not asked for.
  private var unasked: Bool?

  /// - Parameters:
  ///   - unenforced: what the kernel cannot enforce of the worker's confinement.
  ///   - isStrict: whether all of it was asked for. What cannot be is told before any code of the library runs, which could say
  ///     something else.
  ///   - lanes: for the thread that waits for cancels.
  ///   - files: never used: state is the host's.
  package static func run(
    library: String, endpoint: any WorkerEndpoint, unenforced: [String], isStrict: Bool, clock: any Clock,
    lanes: any Lanes, files: any FileSystem
  ) -> Never {
    let session = WorkerSession(endpoint, clock)
    do throws(Failure) {
      do throws(Failure) { try Confinement.accept(unenforced, isStrict: isStrict) } catch {
        session.tell(WorkerOutcome(ofService: error))
        endpoint.exit()
      }
      // Opened by the parent: the user that a worker has become may not find it by its path.
      let plugin = try LoadedPlugin(path: WorkerRequest.passedFile, name: library)
      let provider = ServiceProvider(clock: clock, files: files, stateRoot: "", minimumLevel: .debug) { _ in }
      let services = WorkerServices(endpoint, provider, plugin: plugin.description, lanes: lanes)
      _ = try lanes.start("cancel") { session.listen() }
      var told = WireWriter()
      told.put(list: unenforced) { $0.put($1) }
      session.tell(WorkerOutcome(.ok), told)
      session.serve(WorkerInstance(plugin, services, session.exchange))
    } catch { session.tell(WorkerOutcome(error)) }
    endpoint.exit()
  }

  private init(_ endpoint: any WorkerEndpoint, _ clock: any Clock) {
    self.endpoint = endpoint
    self.clock = clock
    allocator = SegmentAllocator(endpoint.outbound)
    WorkerMemory.use(allocator)
    // The host has checked what it sends.
    exchange = BatchExchange(allocator, reading: endpoint.inbound, isTrusting: true)
    current = CurrentCall(clock)
  }

  /// Answers. A worker that cannot is of no use: its host is gone, or would wait for ever.
  ///
  /// - Returns: whether the result could be told.
  @discardableResult
  private func tell(_ outcome: WorkerOutcome, _ result: WireWriter = WireWriter()) -> Bool {
    let (size, most) = (result.bytes.count, WorkerLimits.frameBytes.calls - WorkerLimits.headBytes)
    guard size <= most else {
      let what = "the plugin returned \(size) bytes beside its rows; \(most) is the most"
      tell(WorkerOutcome(Failure(.run, what, status: .fatal)))
      return false
    }
    var writer = WireWriter()
    exchange.putReturned(&writer)
    outcome.put(&writer)
    writer.append(result)
    guard WireMessage.frames(writer).allSatisfy({ endpoint.send($0, on: .calls, mayWait: true) }) else {
      endpoint.exit()
    }
    return true
  }

  /// Cancels calls; ends the process when the host is gone, whatever the plugin is doing.
  private func listen() -> Never {
    while let frame = endpoint.receive(on: .control) {
      var reader = WireReader(frame)
      if let number = try? reader.number(UInt64.self) { current.cancel(number) }
    }
    endpoint.exit()
  }

  private func serve(_ instance: WorkerInstance) {
    while let message = receive() {
      var reader = message.reader
      do throws(Failure) {
        try exchange.takeReturned(&reader)
        let call = try WorkerCall(&reader)
        if call.operation.endsReading { unasked = nil }
        switch call.operation {
        case .destroy: return destroy(instance)
        case .read: read(call, instance, aheadLimit: try reader.number())
        default:
          let (outcome, result) = try perform(call, instance, &reader)
          tell(outcome, result)
        }
      } catch { tell(WorkerOutcome(error)) }
    }
  }

  /// Reads a batch, unless it was sent already, and the one behind it, if that is wanted (`ReadAhead`).
  private func read(_ call: WorkerCall, _ instance: WorkerInstance, aheadLimit: Int64) {
    let goesOn = unasked ?? answerRead(call, instance)
    unasked = nil
    guard goesOn, aheadLimit > 0 else { return }
    var next = call
    (next.number, next.attempt) = (call.number + 1, 1)
    let (end, isFar) = clock.now().nanoseconds.addingReportingOverflow(aheadLimit)
    next.deadline = isFar ? .max : end
    unasked = answerRead(next, instance)
  }

  /// - Returns: whether the next batch may be read before it is asked for.
  private func answerRead(_ call: WorkerCall, _ instance: WorkerInstance) -> Bool {
    let began = clock.now()
    do throws(Failure) {
      var nothing = WireReader([])
      var (outcome, result) = try perform(call, instance, &nothing)
      guard outcome.status == .ok else {
        tell(outcome)
        return false
      }
      let isSoon = clock.now().duration(since: began) < ReadAhead.slow
      let goesOn = isSoon && result.attachment.isEmpty && allocator.takenBytes <= WorkerLimits.lentBytes
      result.put(goesOn)
      return tell(outcome, result) && goesOn
    } catch {
      tell(WorkerOutcome(error))
      return false
    }
  }

  /// The next call, with what is attached to it; nil once the host is gone.
  private func receive() -> WireMessage? {
    guard let frame = endpoint.receive(on: .calls),
      var message = try? WireMessage(frame, mostAttached: WorkerLimits.batchBytes)
    else { return nil }
    while !message.isWhole {
      guard let piece = endpoint.receive(on: .calls), (try? message.add(piece)) != nil else { return nil }
    }
    return message
  }

  /// Batches that the host still has are not released: the plugin would be free to write over them.
  private func destroy(_ instance: WorkerInstance) {
    instance.destroy()
    tell(WorkerOutcome(.ok))
  }

  private func perform(
    _ call: WorkerCall, _ instance: WorkerInstance, _ reader: inout WireReader
  ) throws(Failure) -> (WorkerOutcome, WireWriter) {
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    var lent = headrace_call(
      struct_size: UInt32(MemoryLayout<headrace_call>.size), attempt: call.attempt, deadline_ns: call.deadline,
      ctx: Unmanaged.passUnretained(current).toOpaque(), now: { CurrentCall.of($0)?.now ?? 0 },
      is_cancelled: { CurrentCall.of($0)?.isCancelled == true ? 1 : 0 }, idempotency_key: loan.text(call.key))
    current.begin(call.number) { instance.cancel() }
    instance.services.callBegins()
    defer {
      instance.services.callEnds()
      current.end()
    }
    var result = WireWriter()
    let outcome = try instance.perform(call.operation, &lent, &reader, &result)
    return (outcome, outcome.status == .ok ? result : WireWriter())
  }
}

/// The call under way, and the way to cancel it.
final class CurrentCall: @unchecked Sendable {
  // What changes is under the lock; the flag is looked at without it.
  private let clock: any Clock
  private struct State {
    var call: (number: UInt64, cancel: @Sendable () -> Void)?
    /// The last call that was cancelled before it began: it was sent already, or is to be made unasked.
    var early: UInt64 = 0
  }

  private let state = Mutex(State())
  private let isEndWanted = Atomic<Bool>(false)

  init(_ clock: any Clock) { self.clock = clock }

  static func of(_ call: UnsafePointer<headrace_call>?) -> CurrentCall? {
    (call?.pointee.ctx).map { Unmanaged<CurrentCall>.fromOpaque($0).takeUnretainedValue() }
  }

  var now: Int64 { clock.now().nanoseconds }
  var isCancelled: Bool { isEndWanted.load(ordering: .relaxed) }

  func begin(_ number: UInt64, cancel: @escaping @Sendable () -> Void) {
    state.withLock { state in
      isEndWanted.store(state.early == number, ordering: .relaxed)
      state.call = (number, cancel)
    }
  }

  func end() { state.withLock { $0.call = nil } }

  /// A cancel that was meant for another call does nothing.
  func cancel(_ number: UInt64) {
    state.withLock { state in
      guard let call = state.call, call.number == number else {
        state.early = max(state.early, number)
        return
      }
      isEndWanted.store(true, ordering: .relaxed)
      call.cancel()
    }
  }
}
