import CArrow
import CHeadrace
import HostGate
import HostModel
import HostPolicy
import Synchronization

/// The instance of a worker, and what it has open. One thread calls it; `cancel` is for another.
final class WorkerInstance: @unchecked Sendable {
  // One thread makes the calls. The other one reads the handle only once it is ready.
  let plugin: LoadedPlugin
  let services: WorkerServices
  let exchange: BatchExchange
  private(set) var handle: OpaquePointer?
  private let isReady = Atomic<Bool>(false)
  private(set) var factory: headrace_factory?
  /// As what it was made: a library of several kinds may make all of them by one function.
  private(set) var kind = ""
  /// The columns that come into a transform or a detector.
  var inputColumns = Schema([])
  /// The columns that go out of a transform, or of the statement that runs.
  var outputColumns = Schema([])
  var splits: headrace_split_list?
  var reader: OpaquePointer?
  var readerColumns = Schema([])
  var writers: [UInt64: WorkerFile] = [:]

  typealias Call = UnsafePointer<headrace_call>

  init(_ plugin: LoadedPlugin, _ services: WorkerServices, _ exchange: BatchExchange) {
    self.plugin = plugin
    self.services = services
    self.exchange = exchange
  }

  func cancel() {
    if isReady.load(ordering: .acquiring), let handle, let factory { factory.cancel(handle) }
  }

  func destroy() {
    guard let handle, let factory else { return }
    closeReader()
    forgetSplits()
    factory.destroy(handle)
    self.handle = nil
    plugin.endUse()
  }

  /// Makes a call of the plugin: reads its arguments, and writes what it returns.
  func perform(
    _ operation: WorkerOperation, _ call: Call, _ arguments: inout WireReader, _ result: inout WireWriter
  ) throws(Failure) -> WorkerOutcome {
    switch operation {
    case .create: return try create(call, &arguments)
    case .destroy: destroy()
    case .discover: return try discover(call, &arguments, &result)
    case .splits: return try splits(call, &arguments, &result)
    case .forgetSplits: forgetSplits()
    case .openReader: return try openReader(call, &arguments, &result)
    case .read: return try read(call, &result)
    case .acknowledge: return try acknowledge(call, &arguments)
    case .closeReader: closeReader()
    case .bind: return try bind(call, &arguments, &result)
    case .apply: return try apply(call, &arguments, &result)
    case .inspect: return try inspect(call, &arguments, &result)
    case .finishRun: return try finishRun(call, &arguments, &result)
    case .save: return try save(call, &result)
    case .restore: return try restore(call, &arguments)
    case .openWriter: return try openWriter(call, &arguments)
    case .write: return try write(call, &arguments, &result)
    case .finishWriter: return try finishWriter(call, &arguments, &result)
    case .abortWriter: try abortWriter(&arguments)
    case .complete: return try complete(call, &arguments, &result)
    case .tables: return try tables(call, &arguments, &result)
    case .run: return try run(call, &arguments, &result)
    case .next: return try next(call, &result)
    }
    return WorkerOutcome(.ok)
  }

  // MARK: Calls in general

  func instance() throws(Failure) -> OpaquePointer {
    guard let handle else { throw Failure(.run, "there is no instance", status: .fatal) }
    return handle
  }

  /// The table of a kind that the library is known to have.
  func table<T>(_ table: T?) throws(Failure) -> T {
    guard let table else { throw Failure(.run, "the library lacks what it is called for", status: .fatal) }
    return table
  }

  /// Makes one call and says how it ended.
  func call(_ body: (UnsafeMutablePointer<headrace_error>) -> headrace_status) -> WorkerOutcome {
    var error = headrace_error.empty
    return WorkerOutcome(of: conclude(body(&error), &error, services))
  }

  /// What the plugin has returned is read here first; what breaks the ABI is told as the host would tell it.
  private func create(_ call: Call, _ arguments: inout WireReader) throws(Failure) -> WorkerOutcome {
    let (kind, config) = (try arguments.text(), try arguments.text())
    let factory = try readFactory(plugin.tables.factory(of: kind), kind: kind, path: plugin.description.name)
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    var made: OpaquePointer?
    let outcome = WorkerOutcome(of: plugin.make(factory, call, loan.text(config), services, &made))
    guard outcome.status == .ok else { return outcome }
    guard let made else { throw Failure(.run, "it returned no instance", status: .fatal) }
    handle = made
    self.factory = factory
    self.kind = kind
    isReady.store(true, ordering: .releasing)
    return outcome
  }
}

extension WorkerOutcome {
  /// How the plugin's call ended, with its texts as the plugin gave them: the host takes secrets out.
  init(of outcome: CallOutcome) {
    self.init(outcome.status)
    message = outcome.error?.message ?? ""
    vendorCode = outcome.error?.vendorCode ?? ""
    retryAfter = outcome.error?.retryAfter?.wholeNanoseconds ?? -1
    details = outcome.error?.details ?? []
  }
}
