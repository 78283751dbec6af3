// Every call into a plugin is made in this file, and the tables of function pointers are visible nowhere else. Whatever
// may block or fail passes the gate (`PluginInstance.perform`); what only frees does not.

import CArrow
import CHeadrace
import CLinux
import HostGate
package import HostModel
import HostPolicy

/// A library that was loaded, for as long as the process runs: its code is never unmapped.
package final class LoadedPlugin: Sendable {
  package let description: PluginDescription
  fileprivate let tables: Tables
  fileprivate let control = ControlThread()

  /// The plugin's constants, copied as far as both sides know them.
  fileprivate struct Tables: @unchecked Sendable {
    // The ABI promises constants that live as long as the library, which is for ever.
    var entry: headrace_entry
    var source: headrace_source?
    var transform: headrace_transform?
    var detector: headrace_detector?
    var format: headrace_format?
    var query: headrace_query?
  }

  /// Loads a library, negotiates the version, and reads its tables. Runs the plugin's code: only after a probe.
  ///
  /// - Throws: a `Failure` that says which rule of the ABI the library breaks.
  package init(path: String) throws(Failure) {
    let entry = try loadEntry(path)
    let version = try negotiate(entry, path: path)
    tables = try Tables(
      entry: entry, source: table(entry, HEADRACE_SOURCE, path: path),
      transform: table(entry, HEADRACE_TRANSFORM, path: path),
      detector: table(entry, HEADRACE_DETECTOR, path: path), format: table(entry, HEADRACE_FORMAT, path: path),
      query: table(entry, HEADRACE_QUERY, path: path))
    description = PluginDescription(
      name: String(entry.name), version: String(entry.version), abiVersion: version,
      schemas: try tables.schemas(path: path))
  }

  /// Prepares what instances share, then makes one. The plugin counts: each success is undone by `endUse`.
  fileprivate func make(
    _ factory: headrace_factory, _ call: UnsafePointer<headrace_call>, _ config: headrace_string,
    _ services: HostServices, _ instance: inout OpaquePointer?
  ) -> CallOutcome {
    var error = headrace_error.empty
    if let function = tables.entry.`init` {
      let outcome = conclude(function(&error), &error, services)
      guard outcome.status == .ok else { return outcome }
    }
    error = headrace_error.empty
    let outcome = conclude(factory.create(call, services.pointer, config, &instance, &error), &error, services)
    if outcome.status != .ok || instance == nil { tables.entry.`deinit`?() }
    return outcome
  }

  /// An instance is gone.
  fileprivate func endUse() {
    guard let function = tables.entry.`deinit`, !control.isStuck.load(ordering: .acquiring) else { return }
    control.mutex.withLock { _ in function() }
  }
}

extension LoadedPlugin.Tables {
  /// The configuration's schema of every kind. A table without one of its functions is found here, before it is used.
  fileprivate func schemas(path: String) throws(Failure) -> [String: String] {
    var schemas: [String: String] = [:]
    func add(_ kind: String, _ factory: UnsafePointer<headrace_factory>?, isComplete: Bool) throws(Failure) {
      guard isComplete else {
        throw Failure(.invalidInput, "\(path): the table of kind '\(kind)' lacks a function", status: .fatal)
      }
      schemas[kind] = String(try readFactory(factory, kind: kind, path: path).config_schema)
    }
    if let it = source {
      let isComplete = it.discover != nil && it.splits != nil && it.open != nil && it.read != nil && it.close != nil
      try add("source", it.factory, isComplete: isComplete)
    }
    if let it = transform { try add("transform", it.factory, isComplete: it.bind != nil && it.apply != nil) }
    if let it = detector { try add("detector", it.factory, isComplete: it.bind != nil && it.inspect != nil) }
    if let it = format {
      let isComplete = it.open != nil && it.write != nil && it.finish != nil && it.abort != nil
      try add("format", it.factory, isComplete: isComplete)
    }
    if let it = query {
      try add("query", it.factory, isComplete: it.tables != nil && it.run != nil && it.next != nil)
    }
    return schemas
  }
}

private func loadEntry(_ path: String) throws(Failure) -> headrace_entry {
  guard let handle = headrace_dlopen(path) else {
    // The linker begins most of its messages with the path.
    let said = String(cString: headrace_dlerror())
    let reason = said.hasPrefix(path + ": ") ? String(said.dropFirst(path.count + 2)) : said
    throw Failure(.environment, "\(path): cannot be loaded: \(reason)", status: .fatal)
  }
  guard let symbol = headrace_dlsym(handle, "headrace_plugin_entry") else {
    throw Failure(
      .invalidInput, "\(path): is not a Headrace plugin: it does not export headrace_plugin_entry", status: .fatal)
  }
  let function = unsafeBitCast(symbol, to: (@convention(c) () -> UnsafePointer<headrace_entry>?).self)
  let minimum = MemoryLayout<headrace_entry>.size
  guard let entry = readSized(function(), as: headrace_entry.self, minimum: minimum) else {
    throw Failure(
      .invalidInput,
      "\(path): the structure that headrace_plugin_entry returns is missing or shorter than \(minimum) bytes",
      advice: "set struct_size to sizeof(headrace_entry)", status: .fatal)
  }
  guard entry.negotiate != nil, entry.get_extension != nil, entry.name.length > 0, entry.name.length <= 64 else {
    throw Failure(.invalidInput, "\(path): headrace_entry lacks its name or a function", status: .fatal)
  }
  return entry
}

private func negotiate(_ entry: headrace_entry, path: String) throws(Failure) -> UInt32 {
  var version: UInt32 = 0
  var error = headrace_error.empty
  let code = entry.negotiate(HostABI.minimum, HostABI.maximum, &version, &error)
  let outcome = conclude(code, &error, nil)
  guard outcome.status == .ok else {
    throw Failure(
      .invalidInput,
      "\(path): declines ABI versions \(HostABI.minimum) to \(HostABI.maximum): \(outcome.error?.message ?? "no reason given")",
      advice: "build the plugin for this host's ABI", status: .unsupported)
  }
  guard (HostABI.minimum...HostABI.maximum).contains(version) else {
    throw Failure(
      .invalidInput,
      "\(path): wants ABI version \(version); this host speaks \(HostABI.minimum) to \(HostABI.maximum)",
      advice: "build the plugin for this host's ABI", status: .unsupported)
  }
  return version
}

/// A kind's table, as far as both sides know it; nil for a plugin that is not of the kind.
private func table<T>(_ entry: headrace_entry, _ id: String, path: String) throws(Failure) -> T? {
  let loan = Loan()
  defer { withExtendedLifetime(loan) {} }
  guard let found = entry.get_extension(loan.text(id)) else { return nil }
  let minimum = MemoryLayout<T>.size
  if let table = readSized(found, as: T.self, minimum: minimum) { return table }
  throw Failure(
    .invalidInput, "\(path): the table '\(id)' says that it is shorter than \(minimum) bytes",
    advice: "set its struct_size to its sizeof", status: .fatal)
}

private func readFactory(
  _ pointer: UnsafePointer<headrace_factory>?, kind: String, path: String
) throws(Failure) -> headrace_factory {
  let factory = readSized(pointer, as: headrace_factory.self, minimum: MemoryLayout<headrace_factory>.size)
  guard let factory, factory.create != nil, factory.destroy != nil, factory.cancel != nil else {
    throw Failure(
      .invalidInput, "\(path): the factory of kind '\(kind)' is missing, too short, or lacks a function", status: .fatal
    )
  }
  return factory
}

/// What a call came to, from the plugin's status and error; the error is released.
private func conclude(
  _ code: headrace_status, _ error: inout headrace_error, _ services: HostServices?
) -> CallOutcome {
  if code == HEADRACE_OK, error.release == nil { return CallOutcome(.ok) }
  defer {
    error.release?(&error)
    error.release = nil
  }
  guard let status = Status(rawValue: code), status.traits.origin == .plugin else {
    return CallOutcome(.fatal, CallError("it returned the status \(code), which is not a plugin's to return"))
  }
  if status == .ok || status == .endOfStream { return CallOutcome(status) }
  func text(_ value: headrace_string) -> String { HostServices.presentable(value, services) }
  let message = text(error.message)
  let state = text(error.vendor_state)
  let vendor = !state.isEmpty ? state : error.vendor_code != 0 ? String(error.vendor_code) : nil
  let pause = error.retry_after_ns >= 0 ? Duration.nanoseconds(error.retry_after_ns) : nil
  return CallOutcome(
    status, CallError(message.isEmpty ? "it gave no reason" : message, vendorCode: vendor, retryAfter: pause))
}

/// A configured plugin of one kind. Used by one lane at a time.
package class PluginInstance: @unchecked Sendable {
  // One lane calls at a time, as the ABI asks for; cancelling and looking from other threads goes through the slot.
  package let plugin: LoadedPlugin
  package let context: InstanceContext
  fileprivate let factory: headrace_factory
  fileprivate let handle: OpaquePointer
  fileprivate let services: HostServices
  fileprivate let slot: CallSlot
  fileprivate let watchdog: Watchdog
  fileprivate let repeatable: CallSite
  fileprivate let unrepeatable: CallSite
  private let registration: Cancellation.Registration

  fileprivate init(
    _ plugin: LoadedPlugin, _ table: UnsafePointer<headrace_factory>?, kind: String, config: String,
    context: InstanceContext, services: HostServices, watchdog: Watchdog
  ) throws(Failure) {
    let factory = try readFactory(table, kind: kind, path: plugin.description.name)
    let ownRetries = factory.flags & UInt32(HEADRACE_INSTANCE_RETRIES) != 0
    let repeatable = context.site(isIdempotent: !ownRetries)
    let slot = CallSlot(
      plugin: plugin.description.name, lane: context.lane, library: plugin.control,
      cancellation: context.cancellation, clock: services.provider.clock)
    try watchdog.add(slot)
    let handle: OpaquePointer
    do throws(Failure) {
      handle = try create(factory, plugin: plugin, config: config, services: services, site: repeatable, slot, context)
    } catch {
      watchdog.remove(slot)
      throw error
    }
    self.plugin = plugin
    self.context = context
    self.factory = factory
    self.services = services
    self.watchdog = watchdog
    self.repeatable = repeatable
    self.handle = handle
    self.slot = slot
    unrepeatable = context.site(isIdempotent: false)
    // The instance outlives every cancel: `close` comes before `destroy`, under the slot's lock.
    let address = UInt(bitPattern: handle)
    let cancel = factory.cancel
    slot.arm { cancel?(OpaquePointer(bitPattern: address)) }
    registration = context.cancellation.onCancel { slot.cancelCall() }
  }

  /// Counters and gauges that the instance reported.
  package var metrics: [String: Double] { services.metrics.withLock { $0.values } }

  /// How many reports were dropped because the instance used more names than it may.
  package var droppedMetrics: Int { services.metrics.withLock { $0.dropped } }

  /// Whether the instance can be called; false after `fatal` and after a call that did not return.
  package var isUsable: Bool { slot.isUsable }

  deinit {
    context.cancellation.remove(registration)
    watchdog.remove(slot)
    slot.close()
    // An abandoned call still runs in the instance: it is left as it is, on purpose.
    if slot.isAbandoned {
      _ = Unmanaged.passRetained(services)
    } else {
      factory.destroy(handle)
      plugin.endUse()
    }
  }

  /// Makes a call through the gate.
  ///
  /// - Throws: a `Failure` with the last status, for everything but `ok` and `endOfStream`.
  fileprivate func perform(
    _ operation: PluginOperation, _ site: CallSite,
    _ body: (borrowing Attempt, UnsafePointer<headrace_call>, UnsafeMutablePointer<headrace_error>) -> headrace_status
  ) throws(Failure) -> Status {
    guard slot.isUsable else {
      throw Failure(
        .run, "plugin '\(plugin.description.name)': \(operation.name): the instance is unusable after an earlier call",
        status: .fatal)
    }
    let result = site.perform(deadline: .distantFuture, cancellation: context.cancellation) { attempt in
      var error = headrace_error.empty
      slot.begin(operation, until: attempt.deadline)
      let code = withCall(attempt, slot) { call in body(attempt, call, &error) }
      guard slot.end() else { return lateOutcome }
      let outcome = conclude(code, &error, services)
      if outcome.status == .fatal { slot.poison() }
      return outcome
    }
    if result.isSuccess { return result.status }
    throw result.failure(plugin: plugin.description.name, operation: operation, retry: site.terms.retry)
  }

  /// Reads what a call returned. A plugin that breaks the ABI is not called again.
  fileprivate func trusting<R: ~Copyable>(
    _ operation: PluginOperation, _ body: () throws(Failure) -> R
  ) throws(Failure) -> R {
    do throws(Failure) { return try body() } catch {
      slot.poison()
      throw Failure(
        error.kind, "plugin '\(plugin.description.name)': \(operation.name): \(error.message)", advice: error.advice,
        status: error.status)
    }
  }
}

/// Of a call that was given up and came back: it is not repeated, and nothing of it is used.
private var lateOutcome: CallOutcome {
  CallOutcome(.fatal, CallError("it returned after it had been given up"))
}

private func withCall<R>(
  _ attempt: borrowing Attempt, _ slot: CallSlot, _ body: (UnsafePointer<headrace_call>) -> R
) -> R {
  var call = headrace_call(
    struct_size: UInt32(MemoryLayout<headrace_call>.size), attempt: UInt32(clamping: attempt.number),
    deadline_ns: attempt.deadline.nanoseconds, ctx: Unmanaged.passUnretained(slot).toOpaque(), now: callNow,
    is_cancelled: callIsCancelled, idempotency_key: headrace_string(data: nil, length: 0))
  return body(&call)
}

private let callNow: @convention(c) (UnsafePointer<headrace_call>?) -> Int64 = { call in
  guard let context = call?.pointee.ctx else { return 0 }
  return Unmanaged<CallSlot>.fromOpaque(context).takeUnretainedValue().now.nanoseconds
}

private let callIsCancelled: @convention(c) (UnsafePointer<headrace_call>?) -> Int32 = { call in
  guard let context = call?.pointee.ctx else { return 0 }
  return Unmanaged<CallSlot>.fromOpaque(context).takeUnretainedValue().isCancelled ? 1 : 0
}

/// `create` is a call like the others, only that there is no instance yet to be cancelled.
private func create(
  _ factory: headrace_factory, plugin: LoadedPlugin, config: String, services: HostServices, site: CallSite,
  _ slot: CallSlot, _ context: InstanceContext
) throws(Failure) -> OpaquePointer {
  let loan = Loan()
  defer { withExtendedLifetime(loan) {} }
  let text = loan.text(config)
  var instance: OpaquePointer?
  let result = site.perform(deadline: .distantFuture, cancellation: context.cancellation) { attempt in
    guard !plugin.control.isStuck.load(ordering: .acquiring) else {
      return CallOutcome(.fatal, CallError("an earlier 'create' of this library never returned"))
    }
    slot.begin(.create, until: attempt.deadline)
    let outcome = withCall(attempt, slot) { call in
      plugin.control.mutex.withLock { _ in plugin.make(factory, call, text, services, &instance) }
    }
    return slot.end() ? outcome : lateOutcome
  }
  guard result.isSuccess else {
    if slot.isAbandoned { _ = Unmanaged.passRetained(services) }
    throw result.failure(plugin: plugin.description.name, operation: .create, retry: site.terms.retry)
  }
  guard let instance else {
    throw Failure(.run, "plugin '\(plugin.description.name)': create: it returned no instance", status: .fatal)
  }
  return instance
}

extension InstanceContext {
  fileprivate func site(isIdempotent: Bool) -> CallSite {
    CallSite(
      dependency, operation: operation, feature: feature, variant: variant, isIdempotent: isIdempotent, origin: origin,
      pipeline: pipeline, retry: retry, timeout: timeout)
  }
}

/// A source, and the splits and readers that it has open.
package final class SourceInstance: PluginInstance, @unchecked Sendable {
  private let table: headrace_source

  package init(
    _ plugin: LoadedPlugin, config: String, context: InstanceContext, host: PluginServices
  ) throws(Failure) {
    guard let table = plugin.tables.source else { throw missingKind(plugin, "source") }
    self.table = table
    try super.init(
      plugin, table.factory, kind: "source", config: config, context: context,
      services: host.services(for: plugin, context),
      watchdog: host.watchdog)
  }

  package func discover(_ patterns: [String]) throws(Failure) -> [DiscoveredStream] {
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    let names = loan.array(patterns.map { loan.text($0) })
    var list = headrace_stream_list()
    list.struct_size = UInt32(MemoryLayout<headrace_stream_list>.size)
    _ = try perform(.discover, repeatable) { _, call, error in
      table.discover(handle, call, names, UInt64(patterns.count), &list, error)
    }
    defer { list.release?(&list) }
    return try trusting(.discover) { () throws(Failure) in
      var streams: [DiscoveredStream] = []
      for item in try elements(list.items, list.n_items, "streams") {
        streams.append(try item.discovered())
      }
      return streams
    }
  }

  package func splits(
    of stream: String, read: SourceRead, known: [SplitPosition], splitBytes: Int
  ) throws(Failure) -> SplitPlan {
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    var request = headrace_split_request()
    request.struct_size = UInt32(MemoryLayout<headrace_split_request>.size)
    request.read = read.rawValue
    request.stream = loan.text(stream)
    request.known = loan.pointers(known.map { $0.lent(by: loan) })
    request.n_known = UInt64(known.count)
    request.split_bytes = UInt64(splitBytes)
    var list = headrace_split_list()
    list.struct_size = UInt32(MemoryLayout<headrace_split_list>.size)
    _ = try perform(.splits, repeatable) { _, call, error in table.splits(handle, call, &request, &list, error) }
    let plan = SplitPlan(list, maker: self)
    plan.splits = try trusting(.splits) { () throws(Failure) in try list.splitList() }
    return plan
  }

  /// Begins to read a split.
  package func open(_ request: SplitRequest) throws(Failure) -> SourceReader {
    let reader = SourceReader(self, table, request)
    try reader.open()
    return reader
  }

  /// Tells the source what has become durable. Does nothing for a source that does not ask.
  package func acknowledge(_ position: SplitPosition) throws(Failure) {
    guard let function = table.ack else { return }
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    var lent = position.lent(by: loan)
    _ = try perform(.ack, repeatable) { _, call, error in function(handle, call, &lent, error) }
  }
}

/// The splits of a stream. What they have in common in the source, such as a snapshot, lives as long as this.
package final class SplitPlan: @unchecked Sendable {
  // Released once, in deinit, when no lane holds it any more.
  package fileprivate(set) var splits: [Split] = []
  private var list: headrace_split_list
  private let maker: SourceInstance

  fileprivate init(_ list: headrace_split_list, maker: SourceInstance) {
    self.list = list
    self.maker = maker
  }

  deinit { if !maker.slot.isAbandoned { list.release?(&list) } }
}

/// A split being read. A failed read is repeated from the last position, by the same rules as every other call.
package final class SourceReader {
  private let source: SourceInstance
  private let table: headrace_source
  private var request: SplitRequest
  private var reader: OpaquePointer?
  package private(set) var schema = Schema([])

  fileprivate init(_ source: SourceInstance, _ table: headrace_source, _ request: SplitRequest) {
    self.source = source
    self.table = table
    self.request = request
  }

  fileprivate func open() throws(Failure) {
    var opened = ArrowSchema()
    _ = try source.perform(.open, source.repeatable) { _, call, error in open(call, &opened, error) }
    defer { if opened.release != nil { opened.release(&opened) } }
    guard reader != nil else {
      throw Failure(.run, "plugin '\(source.plugin.description.name)' opened no reader", status: .fatal)
    }
    schema = try source.trusting(.open) { () throws(Failure) in try Schema(importing: opened) }
  }

  private func open(
    _ call: UnsafePointer<headrace_call>, _ schema: UnsafeMutablePointer<ArrowSchema>,
    _ error: UnsafeMutablePointer<headrace_error>
  ) -> headrace_status {
    close()
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    var lent = headrace_open_request()
    lent.struct_size = UInt32(MemoryLayout<headrace_open_request>.size)
    lent.read = request.read.rawValue
    lent.stream = loan.text(request.stream)
    lent.split = loan.text(request.split.id)
    lent.identity = loan.text(request.split.identity)
    lent.token = loan.bytes(request.split.token)
    lent.position = loan.bytes(request.position?.position ?? [])
    lent.ordinal = request.position?.ordinal ?? 0
    lent.batch_bytes = UInt64(request.batchBytes)
    lent.batch_rows = UInt64(request.batchRows)
    return table.open(source.handle, call, &lent, schema, &reader, error)
  }

  /// The next batch; nil at the end of the split.
  package func read() throws(Failure) -> SourceBatch? {
    var batch = headrace_batch.empty
    var change: Failure?
    let status: Status
    do throws(Failure) {
      status = try source.perform(.read, source.repeatable) { attempt, call, error in
        if attempt.number > 1 || reader == nil {
          // What the last attempt left is only good for being closed.
          let code = reopen(call, error, &change)
          guard code == HEADRACE_OK else { return code }
        }
        return table.read(source.handle, call, reader, &batch, error)
      }
    } catch {
      close()
      throw change ?? error
    }
    if status == .endOfStream { return nil }
    defer { batch.releaseDescription() }
    return try source.trusting(.read) { () throws(Failure) -> SourceBatch in
      let rows = try RecordBatch(validating: batch.takeArray(), schema: schema)
      let rejects = try batch.rejectList(inputRows: nil)
      try batch.checkPosition(after: request.position?.ordinal ?? 0)
      let position = [UInt8](batch.position)
      request.position = SplitPosition(
        split: request.split.id, identity: request.split.identity, position: position, ordinal: batch.ordinal,
        isComplete: false)
      return SourceBatch(
        rows: rows, rejects: rejects, ordinal: batch.ordinal, position: position, sourceBytes: batch.source_bytes)
    }
  }

  /// Opens again where the last batch ended. The rows behind it are promised to be of the same columns.
  private func reopen(
    _ call: UnsafePointer<headrace_call>, _ error: UnsafeMutablePointer<headrace_error>, _ change: inout Failure?
  ) -> headrace_status {
    var reopened = ArrowSchema()
    let code = open(call, &reopened, error)
    defer { if reopened.release != nil { reopened.release(&reopened) } }
    guard code == HEADRACE_OK else { return code }
    do throws(Failure) {
      guard reader != nil, try Schema(importing: reopened) == schema else {
        throw Failure(.run, "the columns of '\(request.stream)' changed while it was read", status: .conflict)
      }
      return HEADRACE_OK
    } catch let failure {
      change = failure
      return HEADRACE_CONFLICT
    }
  }

  private func close() {
    if let reader, !source.slot.isAbandoned { table.close(source.handle, reader) }
    reader = nil
  }

  deinit { close() }
}

extension SplitPosition {
  fileprivate func lent(by loan: Loan) -> headrace_split_position {
    headrace_split_position(
      struct_size: UInt32(MemoryLayout<headrace_split_position>.size), is_complete: isComplete ? 1 : 0,
      split: loan.text(split), identity: loan.text(identity), position: loan.bytes(position), ordinal: ordinal)
  }
}

/// A transform, bound to the columns of one stream.
package final class TransformInstance: PluginInstance, @unchecked Sendable {
  private let table: headrace_transform
  package private(set) var output = Schema([])

  package init(
    _ plugin: LoadedPlugin, config: String, stream: String, input: ExportedSchema, context: InstanceContext,
    host: PluginServices
  ) throws(Failure) {
    guard let table = plugin.tables.transform else { throw missingKind(plugin, "transform") }
    self.table = table
    try super.init(
      plugin, table.factory, kind: "transform", config: config, context: context,
      services: host.services(for: plugin, context), watchdog: host.watchdog)
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    let name = loan.text(stream)
    var schema = ArrowSchema()
    _ = try perform(.bind, repeatable) { _, call, error in
      table.bind(handle, call, name, input.pointer, &schema, error)
    }
    defer { if schema.release != nil { schema.release(&schema) } }
    output = try trusting(.bind) { () throws(Failure) in try Schema(importing: schema) }
  }

  package var allowsPassThrough: Bool { table.flags & UInt32(HEADRACE_TRANSFORM_PASS_THROUGH_ALLOWED) != 0 }

  /// Transforms a batch.
  ///
  /// - Returns: the result, or the batch untouched together with the failure.
  package func apply(_ batch: consuming RecordBatch) -> Application {
    let schema = batch.schema
    let inputRows = batch.rowCount
    var input = batch.take()
    var out = headrace_batch.empty
    do throws(Failure) {
      _ = try perform(.apply, repeatable) { _, call, error in table.apply(handle, call, &input, &out, error) }
      // By Arrow's convention what was moved has no release any more: the plugin did not take it.
      if input.release != nil { input.release(&input) }
      defer { out.releaseDescription() }
      return .transformed(
        try trusting(.apply) { () throws(Failure) -> TransformedBatch in
          let rows = try RecordBatch(validating: out.takeArray(), schema: output)
          return TransformedBatch(rows: rows, rejects: try out.rejectList(inputRows: inputRows))
        })
    } catch {
      return .failed(RecordBatch(adopting: input, schema: schema), error)
    }
  }

  package enum Application: ~Copyable {
    case transformed(TransformedBatch)
    case failed(RecordBatch, Failure)
  }
}

/// A detector, bound to the columns of one stream.
package final class DetectorInstance: PluginInstance, @unchecked Sendable {
  private let table: headrace_detector

  package init(
    _ plugin: LoadedPlugin, config: String, stream: String, schema: ExportedSchema, context: InstanceContext,
    host: PluginServices
  ) throws(Failure) {
    guard let table = plugin.tables.detector else { throw missingKind(plugin, "detector") }
    self.table = table
    try super.init(
      plugin, table.factory, kind: "detector", config: config, context: context,
      services: host.services(for: plugin, context), watchdog: host.watchdog)
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    let name = loan.text(stream)
    _ = try perform(.bind, repeatable) { _, call, error in table.bind(handle, call, name, schema.pointer, error) }
  }

  package func inspect(_ batch: borrowing RecordBatch) throws(Failure) -> [Finding] {
    var list = headrace_finding_list.empty
    try batch.withArray { (array) throws(Failure) in
      _ = try perform(.inspect, unrepeatable) { _, call, error in table.inspect(handle, call, array, &list, error) }
    }
    let rows = batch.rowCount
    return try trusting(.inspect) { () throws(Failure) in try list.take(rows: rows) }
  }

  /// The stream has been read to its end.
  package func finish(rows: Int, at now: WallTime) throws(Failure) -> [Finding] {
    guard let function = table.finish else { return [] }
    var summary = headrace_run_summary(
      struct_size: UInt32(MemoryLayout<headrace_run_summary>.size), reserved: 0, rows: UInt64(rows),
      wall_time_us: now.microseconds)
    var list = headrace_finding_list.empty
    _ = try perform(.finish, unrepeatable) { _, call, error in function(handle, call, &summary, &list, error) }
    return try trusting(.finish) { () throws(Failure) in try list.take(rows: 0) }
  }

  /// What was learnt; nil for a detector that learns nothing.
  package func save() throws(Failure) -> [UInt8]? {
    guard let function = table.save else { return nil }
    var buffer = headrace_buffer.empty
    _ = try perform(.save, repeatable) { _, call, error in function(handle, call, &buffer, error) }
    return try trusting(.save) { () throws(Failure) in try buffer.take() }
  }

  package func restore(_ state: [UInt8]) throws(Failure) {
    guard let function = table.restore else { return }
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    let bytes = loan.bytes(state)
    _ = try perform(.restore, unrepeatable) { _, call, error in function(handle, call, bytes, error) }
  }
}

/// A format, as one lane uses it: the files that it has open.
package final class FormatInstance: PluginInstance, Format, @unchecked Sendable {
  private let table: headrace_format

  package init(
    _ plugin: LoadedPlugin, config: String, context: InstanceContext, host: PluginServices
  ) throws(Failure) {
    guard let table = plugin.tables.format else { throw missingKind(plugin, "format") }
    self.table = table
    try super.init(
      plugin, table.factory, kind: "format", config: config, context: context,
      services: host.services(for: plugin, context), watchdog: host.watchdog)
  }

  package var fileExtension: String { String(table.extension) }
  package var icebergName: String { String(table.iceberg_name) }

  package func makeWriter(
    _ schema: ExportedSchema, into upload: any ObjectUpload
  ) throws(Failure) -> any FormatWriter {
    let writer = PluginFormatWriter(self, table, upload)
    try writer.open(schema)
    return writer
  }
}

private final class PluginFormatWriter: FormatWriter {
  private let format: FormatInstance
  private let table: headrace_format
  private let upload: any ObjectUpload
  private let output = UnsafeMutablePointer<headrace_output>.allocate(capacity: 1)
  private var writer: OpaquePointer?
  /// Why the object could not be written: told instead of what the plugin makes of it.
  private var uploadFailure: Failure?

  init(_ format: FormatInstance, _ table: headrace_format, _ upload: any ObjectUpload) {
    self.format = format
    self.table = table
    self.upload = upload
    output.initialize(
      to: headrace_output(
        struct_size: UInt32(MemoryLayout<headrace_output>.size), reserved: 0, ctx: nil,
        write: { context, bytes, error in
          guard let context else { return HEADRACE_FATAL }
          return Unmanaged<PluginFormatWriter>.fromOpaque(context).takeUnretainedValue().write(bytes, error)
        }))
    output.pointee.ctx = Unmanaged.passUnretained(self).toOpaque()
  }

  func open(_ schema: ExportedSchema) throws(Failure) {
    _ = try format.perform(.open, format.unrepeatable) { _, call, error in
      table.open(format.handle, call, schema.pointer, output, &writer, error)
    }
  }

  private func write(_ bytes: headrace_bytes, _ error: UnsafeMutablePointer<headrace_error>?) -> headrace_status {
    do throws(Failure) {
      guard bytes.data != nil || bytes.length == 0, let count = Int(exactly: bytes.length) else {
        throw Failure(.run, "it wrote \(bytes.length) bytes from nowhere", status: .fatal)
      }
      try upload.write(UnsafeRawBufferPointer(start: bytes.data, count: count))
      return HEADRACE_OK
    } catch let failure {
      uploadFailure = failure
      fill(error, failure)
      return (failure.status ?? .transient).rawValue
    }
  }

  func write(_ batch: borrowing RecordBatch, rows: [Int32]?) throws(Failure) -> Int64 {
    var size: Int64 = 0
    try telling { () throws(Failure) in
      try batch.withArray { (array) throws(Failure) in
        _ = try format.perform(.write, format.unrepeatable) { _, call, error in
          guard let rows else { return table.write(format.handle, call, writer, array, nil, 0, &size, error) }
          return rows.withUnsafeBufferPointer { indices in
            table.write(
              format.handle, call, writer, array, indices.baseAddress, UInt64(indices.count), &size, error)
          }
        }
      }
    }
    return size
  }

  func finish() throws(Failure) -> FileSummary {
    var summary = headrace_file_summary.empty
    try telling { () throws(Failure) in
      _ = try format.perform(.finish, format.unrepeatable) { _, call, error in
        let finished = writer
        writer = nil
        return table.finish(format.handle, call, finished, &summary, error)
      }
    }
    let taken = try format.trusting(.finish) { () throws(Failure) in try summary.take() }
    try upload.finish()
    return taken
  }

  /// Prefers the cause at the object store to its echo from the plugin.
  private func telling(_ body: () throws(Failure) -> Void) throws(Failure) {
    do throws(Failure) { try body() } catch { throw uploadFailure ?? error }
  }

  func abort() {
    if let writer, !format.slot.isAbandoned { table.abort(format.handle, writer) }
    writer = nil
    upload.abort()
  }

  deinit {
    abort()
    output.deallocate()
  }
}

/// Answers SQL over the files of a snapshot.
package final class QueryInstance: PluginInstance, @unchecked Sendable {
  private let table: headrace_query

  package init(
    _ plugin: LoadedPlugin, config: String, context: InstanceContext, host: PluginServices
  ) throws(Failure) {
    guard let table = plugin.tables.query else { throw missingKind(plugin, "query") }
    self.table = table
    try super.init(
      plugin, table.factory, kind: "query", config: config, context: context,
      services: host.services(for: plugin, context), watchdog: host.watchdog)
  }

  /// The tables that a statement reads.
  package func tables(of sql: String) throws(Failure) -> [String] {
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    let text = loan.text(sql)
    var buffer = headrace_buffer.empty
    _ = try perform(.tables, repeatable) { _, call, error in table.tables(handle, call, text, &buffer, error) }
    let lines = try trusting(.tables) { () throws(Failure) in try buffer.take() }
    return String(decoding: lines, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// Runs a statement and hands over its batches, one after another.
  package func run(
    _ sql: String, tables: [QueryTable], each: (borrowing RecordBatch) throws(Failure) -> Void
  ) throws(Failure) -> Schema {
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    let text = loan.text(sql)
    let lent = loan.pointers(
      tables.map { table in
        headrace_query_table(
          struct_size: UInt32(MemoryLayout<headrace_query_table>.size), reserved: 0,
          name_space: loan.text(table.name.namespace), name: loan.text(table.name.name), schema: table.schema.pointer,
          files: loan.array(table.files.map { loan.text($0) }), n_files: UInt64(table.files.count))
      })
    var imported = ArrowSchema()
    _ = try perform(.run, repeatable) { _, call, error in
      table.run(handle, call, text, lent, UInt64(tables.count), &imported, error)
    }
    defer { if imported.release != nil { imported.release(&imported) } }
    let schema = try trusting(.run) { () throws(Failure) in try Schema(importing: imported) }
    while true {
      var batch = headrace_batch.empty
      let status = try perform(.next, unrepeatable) { _, call, error in table.next(handle, call, &batch, error) }
      if status == .endOfStream { return schema }
      defer { batch.releaseDescription() }
      let rows = try trusting(.next) { () throws(Failure) -> RecordBatch in
        try RecordBatch(validating: batch.takeArray(), schema: schema)
      }
      try each(rows)
    }
  }
}

private func missingKind(_ plugin: LoadedPlugin, _ kind: String) -> Failure {
  let kinds = plugin.description.schemas.keys.sorted().joined(separator: ", ")
  return Failure(
    .invalidInput, "plugin '\(plugin.description.name)' is not a \(kind): it is \(kinds.isEmpty ? "nothing" : kinds)",
    status: .unsupported)
}
