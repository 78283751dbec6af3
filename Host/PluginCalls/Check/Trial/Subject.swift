import CHeadrace
import CLinux
import HostModel
import Synchronization

/// An instance under trial. Each call is made with structures that end where a page does, and is looked at afterwards.
final class Subject: @unchecked Sendable {
  // One thread at a time, as the ABI promises the plugin; `cancel` is for any thread.
  let trial: Trial
  let kind: String
  let tables: PluginTables
  private let factory: headrace_factory
  private let host: Guarded<headrace_host>
  private let library: LoadedPlugin
  private let tail: Int
  private let clock: CheckClock
  private(set) var handle: OpaquePointer?
  /// How the last call ended.
  private(set) var lastAnswer: Answer?
  /// Whether each call of a life comes from a thread of its own.
  var changesThreads = false
  /// Of every call of a life: whether it is cancelled from its beginning, and the time that it has.
  var isHurried: (isCancelled: Bool, time: Duration?) = (false, nil)

  /// - Parameters:
  ///   - config: in place of the one that the check is made with.
  ///   - tail: bytes by which every structure is longer than this version's.
  init(_ trial: Trial, kind: String, config: String? = nil, tail: Int = 0) throws(Objection) {
    let library = try trial.library()
    guard let factory = library.tables.factory(of: kind) else {
      throw .broken("LIB-3", "it is no \(kind), though its manifest says so")
    }
    self.trial = trial
    self.kind = kind
    self.tail = tail
    self.library = library
    tables = library.tables
    self.factory = factory.pointee
    clock = CheckClock()
    host = Guarded(trial.host.structure(), tail: tail)
    host.pointer.pointee.struct_size = host.size
    try start(config ?? trial.request.config)
  }

  private func start(_ config: String) throws(Objection) {
    if let function = library.tables.entry.`init` { try bare("init") { function($0) } }
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    let answer = try call("create") { call, error in
      factory.create(call, host.pointer, loan.text(config), &handle, error)
    }
    guard answer.status == HEADRACE_OK else {
      library.tables.entry.`deinit`?()
      throw .broken("INS-1", "create: \(answer.told)")
    }
    guard handle != nil else { throw .broken("INS-1", "create returned HEADRACE_OK and no instance") }
  }

  /// A function of the library that has nothing but an error.
  func bare(_ name: String, _ body: (UnsafeMutablePointer<headrace_error>) -> headrace_status) throws(Objection) {
    let error = Guarded(headrace_error.empty)
    let status = trial.step(name) { body(error.pointer) }
    guard status == HEADRACE_OK else {
      throw .broken("LIB-4", "\(name): \(try Answer(name, status, error, trial).told)")
    }
  }

  /// Calls a function that may block.
  ///
  /// - Parameters:
  ///   - isCancelled: whether the host wants the call to end from its beginning.
  ///   - time: from now to its deadline; what the check allows unless stated.
  func call(
    _ name: String, isCancelled: Bool = false, time: Duration? = nil,
    _ body: (UnsafePointer<headrace_call>, UnsafeMutablePointer<headrace_error>) -> headrace_status
  ) throws(Objection) -> Answer {
    clock.isCancelled.store(isCancelled, ordering: .relaxed)
    let deadline = headrace_monotonic_ns() + (time ?? trial.request.patience).wholeNanoseconds
    let lent = Guarded(clock.call(until: deadline), tail: tail)
    lent.pointer.pointee.struct_size = lent.size
    let error = Guarded(headrace_error.empty, tail: tail)
    error.pointer.pointee.struct_size = error.size
    let (callBefore, hostBefore) = (lent.content, host.content)
    let clause = isCancelled ? "CAL-6" : "CAL-5"
    let arithmetic = Arithmetic.now
    let status = trial.channel.during(name, clause, trial.patience) { body(lent.pointer, error.pointer) }
    if let change = arithmetic.mended() { throw .broken("PRC-6", "'\(name)' changed \(change)") }
    let began = deadline - (time ?? trial.request.patience).wholeNanoseconds
    guard lent.content == callBefore, host.content == hostBefore, lent.isTailUntouched, error.isTailUntouched,
      host.isTailUntouched
    else {
      throw .broken("CAL-7", "'\(name)' wrote to a structure that was lent to it, or behind what it knows of one")
    }
    var answer = try Answer(name, status, error, trial)
    answer.nanoseconds = headrace_monotonic_ns() - began
    lastAnswer = answer
    return answer
  }

  /// The same for a call that has to succeed.
  func succeed(
    _ name: String, _ body: (UnsafePointer<headrace_call>, UnsafeMutablePointer<headrace_error>) -> headrace_status
  ) throws(Objection) {
    let answer = try call(name, body)
    guard answer.status == HEADRACE_OK else { throw answer.objection }
  }

  var isThreadBound: Bool { factory.flags & UInt32(HEADRACE_INSTANCE_THREAD_BOUND) != 0 }

  /// A structure that is lent to the plugin, or that it fills.
  func lent<T>(_ value: T) -> Guarded<T> { Guarded(value, tail: tail) }

  /// Asks the call under way to end. Any thread.
  func cancel() { trial.step("cancel", "CAL-6") { factory.cancel(handle) } }

  /// From now on the call under way is cancelled, for who asks. Any thread.
  func wantEnd() { clock.isCancelled.store(true, ordering: .relaxed) }

  func destroy() {
    guard let handle else { return }
    self.handle = nil
    trial.step("destroy") { factory.destroy(handle) }
    if let function = library.tables.entry.`deinit` { trial.step("deinit") { function() } }
  }
}

/// The time, and whether a call is still wanted, as a call sees them.
final class CheckClock: @unchecked Sendable {
  let isCancelled = Atomic<Bool>(false)

  func call(until deadline: Int64) -> headrace_call {
    headrace_call(
      struct_size: UInt32(MemoryLayout<headrace_call>.size), attempt: 1, deadline_ns: deadline,
      ctx: Unmanaged.passUnretained(self).toOpaque(), now: { _ in headrace_monotonic_ns() },
      is_cancelled: { call in
        guard let ctx = call?.pointee.ctx else { return 0 }
        return Unmanaged<CheckClock>.fromOpaque(ctx).takeUnretainedValue().isCancelled.load(ordering: .relaxed) ? 1 : 0
      }, idempotency_key: headrace_string())
  }
}

/// How a call ended, after its status and error were seen to obey the rules.
struct Answer {
  let name: String
  let status: headrace_status
  let message: String
  var nanoseconds: Int64 = 0

  /// Statuses that only the host gives.
  private static let hosts = [HEADRACE_REJECTED, HEADRACE_CRASHED, HEADRACE_HUNG]

  init(_ name: String, _ status: headrace_status, _ error: Guarded<headrace_error>, _ trial: Trial) throws(Objection) {
    self.name = name
    self.status = status
    guard let known = Status(rawValue: status), !Self.hosts.contains(status) else {
      throw .broken("CAL-1", "'\(name)' returned the status \(status), which a plugin never returns")
    }
    guard known != .endOfStream || name == "read" || name == "next" else {
      throw .broken("CAL-1", "'\(name)' returned HEADRACE_END_OF_STREAM, which only the reading of rows does")
    }
    if known == .ok || known == .endOfStream {
      message = ""
      try Self.checkUntouched(name, error)
    } else {
      message = try trial.step("looking at the error of \(name)", "CAL-2") { () throws(Objection) in
        try Self.message(name, status, error)
      }
      if let release = error.pointer.pointee.release {
        trial.step("release of an error", "CAL-2") { release(error.pointer) }
      }
    }
  }

  /// `read: transient: the connection was reset`
  var told: String { "\(name): \(Status(rawValue: status)?.name ?? String(status)): \(message)" }

  /// Why a call that has all that it needs does not succeed.
  var objection: Objection {
    status == HEADRACE_PERMISSION_DENIED ? .broken("PRC-10", told) : .broken("CAL-8", told)
  }

  private static func checkUntouched(_ name: String, _ error: Guarded<headrace_error>) throws(Objection) {
    let (found, empty) = (error.pointer.pointee, headrace_error.empty)
    guard found.struct_size == error.size, found.status == empty.status, found.release == nil,
      found.message.length == 0, found.retry_after_ns == empty.retry_after_ns, found.n_details == 0
    else { throw .broken("CAL-3", "'\(name)' succeeded and filled the error") }
  }

  private static func message(
    _ name: String, _ status: headrace_status, _ error: Guarded<headrace_error>
  ) throws(Objection) -> String {
    let found = error.pointer.pointee
    func refuse(_ what: String) -> Objection { .broken("CAL-2", "'\(name)' failed and its error \(what)") }
    guard error.isSize(found.struct_size) else { throw refuse("has the struct_size \(found.struct_size)") }
    guard found.status == status else { throw refuse("has the status \(found.status), the call \(status)") }
    guard found.message.length > 0 else { throw refuse("has no message") }
    guard let message = whole(found.message, limit: 1 << 20) else { throw refuse("has a message that is no text") }
    guard !message.hasControlCharacter else { throw refuse("has control characters in its message: \(message)") }
    guard !message.hasSuffix(".") else { throw refuse("has a message that ends in a full stop: \(message)") }
    guard whole(found.vendor_state, limit: 1 << 10) != nil else { throw refuse("has a vendor_state that is no text") }
    guard found.retry_after_ns >= -1, found.retry_after_ns <= 366 * 86_400 * 1_000_000_000 else {
      throw refuse("has a retry_after_ns of \(found.retry_after_ns)")
    }
    guard found.n_details <= 1 << 10, found.n_details == 0 || found.details != nil else {
      throw refuse("has \(found.n_details) details")
    }
    for index in 0..<Int(found.n_details) {
      guard whole(found.details[index].key, limit: 1 << 10) != nil,
        whole(found.details[index].value, limit: 1 << 20) != nil
      else { throw refuse("has a detail that is no text") }
    }
    return message
  }

  /// Nil for what is no text.
  static func whole(_ text: headrace_string, limit: UInt64) -> String? {
    guard text.length <= limit, text.length == 0 || text.data != nil else { return nil }
    return String(validating: UnsafeRawBufferPointer(start: text.data, count: Int(text.length)), as: UTF8.self)
  }
}

extension String {
  /// What would command a terminal, or end a line.
  var hasControlCharacter: Bool { unicodeScalars.contains { $0.value < 32 || $0.value == 127 } }
}
