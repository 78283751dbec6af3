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
  private let exchange: BatchExchange
  private let clock: any Clock
  private let current: CurrentCall

  /// - Parameters:
  ///   - unenforced: what the kernel cannot enforce of the worker's confinement.
  ///   - lanes: for the thread that waits for cancels.
  ///   - files: never used: state is the host's.
  package static func run(
    library: String, endpoint: any WorkerEndpoint, unenforced: [String], clock: any Clock, lanes: any Lanes,
    files: any FileSystem
  ) -> Never {
    let session = WorkerSession(endpoint, clock)
    do throws(Failure) {
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
    let allocator = SegmentAllocator(endpoint.outbound)
    WorkerMemory.use(allocator)
    // The host has checked what it sends.
    exchange = BatchExchange(allocator, reading: endpoint.inbound, isTrusting: true)
    current = CurrentCall(clock)
  }

  /// Answers. A worker that cannot is of no use: its host is gone, or would wait for ever.
  private func tell(_ outcome: WorkerOutcome, _ result: WireWriter = WireWriter()) {
    let (size, most) = (result.bytes.count, WorkerLimits.frameBytes.calls - WorkerLimits.headBytes)
    guard size <= most else {
      let what = "the plugin returned \(size) bytes beside its rows; \(most) is the most"
      return tell(WorkerOutcome(Failure(.run, what, status: .fatal)))
    }
    var writer = WireWriter()
    exchange.putReturned(&writer)
    outcome.put(&writer)
    writer.append(result)
    guard WireMessage.frames(writer).allSatisfy({ endpoint.send($0, on: .calls, mayWait: true) }) else {
      endpoint.exit()
    }
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
        guard call.operation != .destroy else { return destroy(instance) }
        let (outcome, result) = try perform(call, instance, &reader)
        tell(outcome, result)
      } catch { tell(WorkerOutcome(error)) }
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
    current.begin(call.number, instance)
    defer { current.end() }
    var result = WireWriter()
    let outcome = try instance.perform(call.operation, &lent, &reader, &result)
    return (outcome, outcome.status == .ok ? result : WireWriter())
  }
}

/// The call under way, and the way to cancel it.
final class CurrentCall: @unchecked Sendable {
  // What changes is under the lock; the flag is looked at without it.
  private let clock: any Clock
  private let state = Mutex<(number: UInt64, instance: WorkerInstance)?>(nil)
  private let isEndWanted = Atomic<Bool>(false)

  init(_ clock: any Clock) { self.clock = clock }

  static func of(_ call: UnsafePointer<headrace_call>?) -> CurrentCall? {
    (call?.pointee.ctx).map { Unmanaged<CurrentCall>.fromOpaque($0).takeUnretainedValue() }
  }

  var now: Int64 { clock.now().nanoseconds }
  var isCancelled: Bool { isEndWanted.load(ordering: .relaxed) }

  func begin(_ number: UInt64, _ instance: WorkerInstance) {
    state.withLock {
      isEndWanted.store(false, ordering: .relaxed)
      $0 = (number, instance)
    }
  }

  func end() { state.withLock { $0 = nil } }

  /// A cancel that was meant for another call does nothing.
  func cancel(_ number: UInt64) {
    state.withLock { current in
      guard let current, current.number == number else { return }
      isEndWanted.store(true, ordering: .relaxed)
      current.instance.cancel()
    }
  }
}
