import CHeadrace
import Glibc
import HostModel
import Synchronization

/// An instance in a worker process, as the stub tables of its library have it.
///
/// It outlives its worker: when one has ended, the next call starts another, makes the instance anew, and binds it to what it
/// was bound to. What only the lost process knew is told as lost.
final class RemoteInstance: @unchecked Sendable {
  // One lane calls at a time; cancelling from other threads goes through `current`.
  let library: RemoteLibrary
  let services: HostServices
  private let kind: String
  private let config: String
  private(set) var worker: (any WorkerProcess)?
  /// Of batches with the present worker.
  private(set) var exchange: BatchExchange?
  /// Counts the workers: what belongs to an earlier one is gone.
  private(set) var generation: UInt32 = 0
  /// Of the last call; the one behind it is for what is read ahead.
  private(set) var number: UInt64 = 0
  private let current = Mutex<(worker: any WorkerProcess, number: UInt64)?>(nil)
  /// Done again in every new worker.
  private var binding: (operation: WorkerOperation, payload: [UInt8])?
  /// What a detector had learnt before the call under way: a new worker begins with it.
  var memory = RemoteMemory.none
  private var lostMemory: String?
  private var restarts = RestartPauses()
  /// For the pauses before a restart: whoever cancels ends them.
  private let pausing: any Monitor
  private var lines = LastLines()
  /// The columns that the instance is bound to.
  var columns = Schema([])
  /// The columns that come out of a transform, and of the reader that is open.
  var outputColumns = Schema([])
  var readerColumns = Schema([])
  /// The statement that runs: the columns of its answer, and the worker that knows of it.
  var statement: (columns: Schema, generation: UInt32)?
  /// What is open, and what its worker reads before it is asked.
  var opened: OpenedSplit?
  var ahead: ReadAhead?
  /// Files that the worker writes, by number: where their bytes go, and their columns.
  var outputs: [UInt64: UnsafePointer<headrace_output>] = [:]
  var writers: [UInt64: Schema] = [:]
  var nextOutput: UInt64 = 0
  /// The call that the worker is in, for what it asks the host to wait for.
  private var present: UnsafePointer<headrace_call>?
  private var desk = HTTPDesk()

  /// How long a call may go on after its deadline before its worker is ended: less than a watchdog gives a call here.
  static let grace = Duration.seconds(2)
  /// Starting takes some milliseconds; a machine that is busy gets more, as far as the call does that needs it.
  private static let startTime = Duration.seconds(30)
  /// For what has no deadline of its own: the end of something. Within a call it must not outlast what a watchdog gives that.
  private static let endTime = Duration.seconds(4)

  init(_ library: RemoteLibrary, kind: String, config: String, services: HostServices) {
    self.library = library
    self.kind = kind
    self.config = config
    self.services = services
    pausing = library.makeMonitor()
  }

  /// A call's result.
  enum Answer {
    case done(WireReader)
    case ended(headrace_status)
  }

  var clock: any Clock { services.provider.clock }

  // MARK: Calls

  /// Makes a call in the worker; what it needs first is done first.
  func perform(
    _ operation: WorkerOperation, _ call: UnsafePointer<headrace_call>?, _ error: UnsafeMutablePointer<headrace_error>?,
    _ arguments: (inout WireWriter) throws(Failure) -> Void = { _ in }
  ) -> Answer {
    do throws(Failure) {
      if let lostMemory { throw Failure(.run, lostMemory, status: .fatal) }
      if let outcome = try prepare(call) { return end(outcome, error) }
      var writer = head(operation, call)
      try arguments(&writer)
      return try answer(ask(operation, writer, call), error)
    } catch let failure {
      fill(error, failure)
      return .ended((failure.status ?? .fatal).rawValue)
    }
  }

  /// Sees to it that there is a worker with the instance in it.
  func ready(_ call: UnsafePointer<headrace_call>?, _ error: UnsafeMutablePointer<headrace_error>?) -> Answer {
    do throws(Failure) {
      if let outcome = try prepare(call) { return end(outcome, error) }
      return .ended(HEADRACE_OK)
    } catch let failure {
      fill(error, failure)
      return .ended((failure.status ?? .fatal).rawValue)
    }
  }

  private func answer(
    _ reader: WireReader, _ error: UnsafeMutablePointer<headrace_error>?
  ) throws(Failure) -> Answer {
    var reader = reader
    let outcome: WorkerOutcome
    do { outcome = try WorkerOutcome(&reader) } catch {
      discardWorker()
      throw error
    }
    guard outcome.status == .ok else { return end(outcome, error) }
    restarts.succeeded()
    return .done(reader)
  }

  private func end(_ outcome: WorkerOutcome, _ error: UnsafeMutablePointer<headrace_error>?) -> Answer {
    if outcome.status == .ok || outcome.status == .endOfStream { return .ended(outcome.status.rawValue) }
    fill(error, outcome)
    return .ended(outcome.status.rawValue)
  }

  private func head(_ operation: WorkerOperation, _ call: UnsafePointer<headrace_call>?) -> WireWriter {
    number += 2
    var writer = WireWriter()
    WorkerCall(
      operation: operation, number: number, attempt: call?.pointee.attempt ?? 1,
      deadline: call?.pointee.deadline_ns ?? .max, key: call.map { String($0.pointee.idempotency_key) } ?? ""
    ).put(&writer)
    return writer
  }

  /// Remembers what binds the instance, and does it.
  func bind(
    _ call: UnsafePointer<headrace_call>?, _ error: UnsafeMutablePointer<headrace_error>?, _ payload: [UInt8]
  ) -> Answer {
    binding = nil
    let answer = perform(.bind, call, error) { $0.append(payload) }
    if case .done = answer { binding = (.bind, payload) }
    return answer
  }

  // MARK: The worker

  /// Sees to it that there is a worker with the instance in it.
  ///
  /// - Returns: how making it ended, if that was no success.
  private func prepare(_ call: UnsafePointer<headrace_call>?) throws(Failure) -> WorkerOutcome? {
    guard worker == nil else { return nil }
    try waitForRestart(call)
    let worker = try library.take(config)
    self.worker = worker
    exchange = BatchExchange(SegmentAllocator(worker.outbound), reading: worker.inbound, isTrusting: false)
    generation += 1
    do throws(Failure) { return try makeInstance(call) } catch {
      // The next call must not find a worker that holds no instance, and whose confinement nobody has looked at.
      discardWorker()
      throw error
    }
  }

  /// Makes the instance in a worker that was just started, and binds it again.
  private func makeInstance(_ call: UnsafePointer<headrace_call>?) throws(Failure) -> WorkerOutcome? {
    let deadline = call == nil ? Instant.distantFuture : end(of: call)
    // While it loads its library it hears of no cancellation.
    let latest = min(deadline, clock.now().advanced(by: Self.startTime))
    var ready = try receive(.create, until: latest, unlessCancelled: call)
    let loaded = try WorkerOutcome(&ready)
    guard loaded.status == .ok else { return abandon(loaded) }
    tellConfinement(try ready.list { (reader) throws(Failure) in try reader.text() })
    var writer = head(.create, call)
    writer.put(kind)
    writer.put(config)
    if let refused = try repeated(.create, writer, call) { return abandon(refused) }
    guard let binding else { return nil }
    var again = head(binding.operation, call)
    again.append(binding.payload)
    if let refused = try repeated(binding.operation, again, call) { return abandon(refused) }
    guard case .saved(let state) = memory else { return nil }
    var reminder = head(.restore, call)
    reminder.put(state)
    return try repeated(.restore, reminder, call).map { abandon($0.refusingMemory) }
  }

  /// An instance that may have learnt from a call that failed is not asked again: the next attempt has a new one, which knows
  /// what this one knew before.
  func beginAnew(after operation: WorkerOperation) {
    guard worker != nil else { return }
    lostMemory = memory.loss(in: operation)
    _ = abandon(WorkerOutcome(.ok))
  }

  /// What the kernel cannot enforce is said once for a library. Who wants all of it has refused it in the worker.
  private func tellConfinement(_ unenforced: [String]) {
    guard let lack = Confinement.told(unenforced), library.isFirstToTell() else { return }
    services.write(.warning, lack, fields: [])
  }

  private func repeated(
    _ operation: WorkerOperation, _ writer: WireWriter, _ call: UnsafePointer<headrace_call>?
  ) throws(Failure) -> WorkerOutcome? {
    var reader = try ask(operation, writer, call)
    let outcome = try WorkerOutcome(&reader)
    return outcome.status == .ok ? nil : outcome
  }

  /// A worker without an instance is of no use.
  private func abandon(_ outcome: WorkerOutcome) -> WorkerOutcome {
    discardWorker()
    return outcome
  }

  /// Ends the worker at once: nobody may call it any more.
  func discardWorker() {
    _ = worker?.end(patience: .zero)
    forgetWorker()
  }

  private func forgetWorker() {
    worker = nil
    exchange = nil
    ahead = nil
    outputs = [:]
    writers = [:]
  }

  /// A plugin that goes on crashing is not started over and over at once.
  private func waitForRestart(_ call: UnsafePointer<headrace_call>?) throws(Failure) {
    let deadline = Instant(nanoseconds: call?.pointee.deadline_ns ?? .max)
    let isCancelled = pausing.withLock {
      while clock.now() < min(restarts.notBefore, deadline) {
        if Self.isCancelled(call) { return true }
        _ = pausing.wait(until: min(restarts.notBefore, deadline))
      }
      return false
    }
    if isCancelled { throw Self.cancelled }
    guard clock.now() >= restarts.notBefore else {
      throw Failure(.run, "its worker process has crashed and is not started yet", status: .crashed)
    }
  }

  private static let cancelled = Failure(.run, "the call was cancelled", status: .cancelled)

  private static func isCancelled(_ call: UnsafePointer<headrace_call>?) -> Bool {
    guard let call, let function = call.pointee.is_cancelled else { return false }
    return function(call) != 0
  }

  /// Sends a call and waits for its result.
  private func ask(
    _ operation: WorkerOperation, _ writer: WireWriter, _ call: UnsafePointer<headrace_call>?
  ) throws(Failure) -> WireReader {
    let deadline = end(of: call)
    present = call
    defer {
      current.withLock { $0 = nil }
      (present, desk) = (nil, HTTPDesk())
    }
    if operation != .read { try settle(before: operation, until: deadline) }
    guard let worker else { throw Failure(.run, "there is no worker", status: .fatal) }
    let asked = operation == .read ? ahead : nil
    expect(asked?.number ?? number)
    // Whoever cancelled before that found nothing to cancel.
    if Self.isCancelled(call) { cancel() }
    let most = WorkerLimits.frameBytes.calls - WorkerLimits.headBytes
    guard writer.bytes.count <= most else {
      let what = "a call of \(writer.bytes.count) bytes is too large for a worker process, which takes \(most)"
      throw Failure(.run, what, status: .fatal)
    }
    // One that takes nothing any more has ended: what it has said until then is heard first.
    guard send(writer, to: worker, until: deadline) || clock.now() < deadline else { throw lost(operation, .hang) }
    if let answer = asked?.answer { return answer }
    return try receive(operation, until: deadline)
  }

  /// From now on `cancel` means this call.
  func expect(_ number: UInt64) {
    guard let worker else { return }
    current.withLock { $0 = (worker, number) }
  }

  /// When a call is given up, together with its worker.
  private func end(of call: UnsafePointer<headrace_call>?) -> Instant {
    guard let call else { return clock.now().advanced(by: Self.endTime) }
    let deadline = Instant(nanoseconds: call.pointee.deadline_ns)
    return deadline == .distantFuture ? deadline : deadline.advanced(by: Self.grace)
  }

  /// Sends a call, with what is done with of earlier ones.
  private func send(_ writer: WireWriter, to worker: any WorkerProcess, until deadline: Instant) -> Bool {
    var message = WireWriter()
    exchange?.putReturned(&message)
    message.append(writer)
    return WireMessage.frames(message).allSatisfy { worker.send($0, on: .calls, until: deadline) }
  }

  /// The result of the call under way; what the worker asks for meanwhile is served.
  ///
  /// - Parameters:
  ///   - isWanted: whether the call should go on; otherwise it is asked to end until it does.
  ///   - call: when it is cancelled, nobody waits any longer for a worker that cannot be asked to end.
  func receive(
    _ operation: WorkerOperation, until deadline: Instant, isWanted: Bool = true,
    unlessCancelled call: UnsafePointer<headrace_call>? = nil
  ) throws(Failure) -> WireReader {
    var message: WireMessage?
    while let worker {
      if !isWanted { cancel() }
      if Self.isCancelled(call) { throw Self.cancelled }
      let isPatient = isWanted && call == nil
      let end = isPatient ? deadline : min(deadline, clock.now().advanced(by: ReadAhead.reminder))
      switch worker.receive(until: end) {
      case .frame(.calls, let frame):
        do throws(Failure) {
          if message == nil {
            message = try WireMessage(frame, mostAttached: operation.mostAttached)
          } else {
            try message?.add(frame)
          }
          guard let whole = message, whole.isWhole else { continue }
          var reader = whole.reader
          try exchange?.takeReturned(&reader)
          return reader
        } catch { throw lost(operation, .violation("sent what is no answer")) }
      case .frame(.services, let frame): try serve(frame, worker, during: operation, until: deadline)
      case .tooLong(let channel, let length):
        throw lost(
          operation, .violation("sent a frame of \(length) bytes; \(WorkerLimits.frameBytes[channel]) is the most"))
      case .frame(.control, _), .closed: throw lost(operation, .ended)
      case .nothing where end < deadline: continue
      case .nothing: throw lost(operation, .hang)
      }
    }
    throw Failure(.run, "there is no worker", status: .fatal)
  }

  /// Why a worker is given up.
  enum Loss {
    case ended, hang
    /// It does not keep to what was agreed.
    case violation(String)
  }

  /// The worker is gone, or is ended.
  func lost(_ operation: WorkerOperation, _ loss: Loss) -> Failure {
    // One that ends by itself gets the time to do it.
    var patience = Duration.zero
    if case .ended = loss { patience = .milliseconds(500) }
    let (exit, said) = worker?.end(patience: patience) ?? (.code(0), "")
    forgetWorker()
    restarts.failed(at: clock.now())
    // Before anything is cut or taken apart: of a half nobody knows that it is a secret's.
    let heard = services.redacted(said).split(separator: "\n").suffix(3).map(String.init)
    let last = (lines.texts.map { services.presentable($0, most: LastLines.shownBytes) } + heard).suffix(5)
    let remark = last.isEmpty ? "" : "; it last said: " + last.joined(separator: " | ")
    lostMemory = memory.loss(in: operation)
    let how =
      switch loss {
      case .ended: Self.told(exit)
      case .hang: "did not return and ignored its cancellation; its worker process was ended"
      case .violation(let what): "its worker process \(what), and was ended"
      }
    var status = Status.crashed
    if case .hang = loss { status = .hung }
    return Failure(.run, services.presentable("\(how)\(remark)"), status: status)
  }

  private static func told(_ exit: ProcessExit) -> String {
    switch exit {
    case .code(let code): "its worker process ended with exit code \(code)"
    case .signal(let signal): "its worker process was ended by \(Signals.text(signal))"
    }
  }

  // MARK: From other threads

  /// Asks the call under way to end.
  func cancel() {
    pausing.withLock { pausing.signalAll() }
    guard let (worker, number) = current.withLock({ $0 }) else { return }
    var writer = WireWriter()
    writer.put(number)
    // There is no time to wait: a cancel that finds no room is repeated.
    _ = worker.send(writer.bytes, on: .control, until: clock.now())
  }

  // MARK: The end

  /// Frees the instance and ends its worker.
  func destroy() {
    guard worker != nil else { return }
    let deadline = clock.now().advanced(by: .seconds(2))
    _ = try? settle(before: .destroy, until: deadline)
    current.withLock { $0 = nil }
    guard let worker = self.worker else { return }
    if send(head(.destroy, nil), to: worker, until: deadline) { _ = try? receive(.destroy, until: deadline) }
    _ = self.worker?.end(patience: .seconds(1))
    forgetWorker()
  }

  deinit { destroy() }

  // MARK: What the worker asks for

  private func serve(
    _ frame: [UInt8], _ worker: any WorkerProcess, during operation: WorkerOperation, until deadline: Instant
  ) throws(Failure) {
    var reader = WireReader(frame)
    guard let number = try? reader.number(UInt8.self), let kind = WorkerRequestKind(rawValue: number) else {
      throw lost(operation, .violation("asked for what is no service"))
    }
    if kind == .log {
      if (try? log(&reader)) == nil { throw lost(operation, .violation("sent what is no line of a log")) }
      return
    }
    var writer = WireWriter()
    do throws(Failure) {
      let answer = try answer(kind, &reader)
      WorkerOutcome(.ok).put(&writer)
      writer.put(answer)
    } catch { WorkerOutcome(ofService: error).put(&writer) }
    // A worker that does not take its answer does not end its call either.
    if kind.isAnswered { _ = worker.send(writer.bytes, on: .services, until: deadline) }
  }

  private func log(_ reader: inout WireReader) throws(Failure) {
    let level = PluginLogLine.Level(rawValue: try reader.number()) ?? .info
    let message = try reader.text()
    let fields = try reader.list(most: HostServices.mostFields) { (reader) throws(Failure) in
      (key: try reader.text(), value: try reader.text())
    }
    lines.add(message)
    services.write(level, message, fields: fields)
  }

  private func answer(_ kind: WorkerRequestKind, _ reader: inout WireReader) throws(Failure) -> [UInt8] {
    switch kind {
    case .add: services.add(try reader.number(), to: try reader.text())
    case .set: services.set(try reader.text(), to: try reader.double())
    case .secret: return try services.secret(try reader.text())
    case .readState: return try services.readState(try reader.text())
    case .writeState: try services.writeState(try reader.text(), try reader.data())
    case .output: try write(try reader.number(), try reader.data())
    case .httpBody, .httpSend, .httpTake: return try desk.serve(kind, &reader, services, during: present)
    case .log: break
    }
    return []
  }

  /// Bytes of a file that the worker writes.
  private func write(_ number: UInt64, _ bytes: [UInt8]) throws(Failure) {
    guard let output = outputs[number] else { throw Failure(.run, "there is no such file", status: .fatal) }
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    var error = headrace_error.empty
    let code = output.pointee.write(output.pointee.ctx, loan.bytes(bytes), &error)
    let outcome = HostPluginCalls.conclude(code, &error, nil)
    guard outcome.status == .ok else {
      throw Failure(
        .environment, outcome.error?.message ?? "the file cannot be written", status: outcome.status,
        details: outcome.error?.details ?? [])
    }
  }
}
