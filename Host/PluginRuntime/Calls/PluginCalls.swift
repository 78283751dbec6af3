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
    tables = Tables(
      entry: entry,
      source: table(entry, HEADRACE_SOURCE, minimum: MemoryLayout<headrace_source>.offset(of: \.ack)),
      transform: table(entry, HEADRACE_TRANSFORM, minimum: MemoryLayout<headrace_transform>.size),
      detector: table(entry, HEADRACE_DETECTOR, minimum: MemoryLayout<headrace_detector>.offset(of: \.finish)),
      format: table(entry, HEADRACE_FORMAT, minimum: MemoryLayout<headrace_format>.size),
      query: table(entry, HEADRACE_QUERY, minimum: MemoryLayout<headrace_query>.size))
    description = PluginDescription(
      name: String(entry.name), version: String(entry.version), abiVersion: version,
      schemas: try Self.schemas(tables, path: path))
  }

  private static func schemas(_ tables: Tables, path: String) throws(Failure) -> [String: String] {
    let kinds: [(String, UnsafePointer<headrace_factory>?, Bool)] = [
      ("source", tables.source?.factory, tables.source != nil),
      ("transform", tables.transform?.factory, tables.transform != nil),
      ("detector", tables.detector?.factory, tables.detector != nil),
      ("format", tables.format?.factory, tables.format != nil),
      ("query", tables.query?.factory, tables.query != nil),
    ]
    var schemas: [String: String] = [:]
    for (kind, factory, isOffered) in kinds where isOffered {
      schemas[kind] = String(try readFactory(factory, kind: kind, path: path).config_schema)
    }
    return schemas
  }

  /// Does what instances share. Counted by the plugin; called once for each instance.
  fileprivate func initialise() throws(Failure) {
    guard let function = tables.entry.`init` else { return }
    var error = headrace_error.empty
    let code = function(&error)
    let outcome = conclude(code, &error, Redactor([]))
    guard outcome.status == .ok else {
      throw Failure(
        .run, "plugin '\(description.name)' cannot be initialised: \(outcome.error?.message ?? outcome.status.name)",
        status: outcome.status)
    }
  }
}

private func loadEntry(_ path: String) throws(Failure) -> headrace_entry {
  guard let handle = headrace_dlopen(path) else {
    throw Failure(.environment, "\(path): cannot be loaded: \(String(cString: headrace_dlerror()))", status: .fatal)
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
  let outcome = conclude(code, &error, Redactor([]))
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

private func table<T>(_ entry: headrace_entry, _ id: String, minimum: Int?) -> T? {
  let loan = Loan()
  return readSized(entry.get_extension(loan.text(id)), as: T.self, minimum: minimum ?? MemoryLayout<T>.size)
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
private func conclude(_ code: headrace_status, _ error: inout headrace_error, _ redactor: Redactor) -> CallOutcome {
  if code == HEADRACE_OK, error.release == nil { return CallOutcome(.ok) }
  defer {
    error.release?(&error)
    error.release = nil
  }
  guard let status = Status(rawValue: code), status.traits.origin == .plugin else {
    return CallOutcome(.fatal, CallError("it returned the status \(code), which is not a plugin's to return"))
  }
  if status == .ok || status == .endOfStream { return CallOutcome(status) }
  let message = redactor.redact(String(error.message))
  let state = String(error.vendor_state)
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
    try plugin.initialise()
    let ownRetries = factory.flags & UInt32(HEADRACE_INSTANCE_RETRIES) != 0
    let repeatable = context.site(isIdempotent: !ownRetries)
    let handle = try create(factory, plugin: plugin, config: config, services: services, site: repeatable, context)
    self.plugin = plugin
    self.context = context
    self.factory = factory
    self.services = services
    self.watchdog = watchdog
    self.repeatable = repeatable
    self.handle = handle
    unrepeatable = context.site(isIdempotent: false)
    // The instance outlives every cancel: `close` comes before `destroy`, under the slot's lock.
    let address = UInt(bitPattern: handle)
    let cancel = factory.cancel
    let slot = CallSlot(plugin: plugin.description.name, lane: context.lane) {
      cancel?(OpaquePointer(bitPattern: address))
    }
    self.slot = slot
    registration = context.cancellation.onCancel { slot.cancelCall() }
    try watchdog.add(slot)
  }

  /// Counters and gauges that the instance reported.
  package var metrics: [String: Double] { services.metrics.withLock { $0 } }

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
      plugin.tables.entry.deinit?()
    }
  }

  /// Makes a call through the gate.
  ///
  /// - Throws: a `Failure` with the last status, for everything but `ok` and `endOfStream`.
  fileprivate func perform(
    _ operation: PluginOperation, _ site: CallSite,
    _ body: (borrowing Attempt, UnsafePointer<headrace_call>, UnsafeMutablePointer<headrace_error>) -> headrace_status
  ) throws(Failure) -> Status {
    let result = site.perform(deadline: .distantFuture, cancellation: context.cancellation) { attempt in
      guard slot.isUsable else {
        return CallOutcome(.fatal, CallError("the instance is unusable after an earlier call"))
      }
      var error = headrace_error.empty
      slot.begin(operation, until: attempt.deadline)
      let code = withCall(attempt) { call in body(attempt, call, &error) }
      guard slot.end() else { return CallOutcome(.hung, CallError("it returned after it had been given up")) }
      let outcome = conclude(code, &error, services.provider.redactor)
      if outcome.status == .fatal { slot.poison() }
      return outcome
    }
    if result.isSuccess { return result.status }
    throw result.failure(plugin: plugin.description.name, operation: operation, retry: site.terms.retry)
  }

  private func withCall(_ attempt: borrowing Attempt, _ body: (UnsafePointer<headrace_call>) -> Int32) -> Int32 {
    var call = headrace_call(
      struct_size: UInt32(MemoryLayout<headrace_call>.size), attempt: UInt32(clamping: attempt.number),
      deadline_ns: attempt.deadline.nanoseconds, ctx: Unmanaged.passUnretained(self).toOpaque(), now: callNow,
      is_cancelled: callIsCancelled, idempotency_key: headrace_string(data: nil, length: 0))
    return body(&call)
  }
}

private let callNow: @convention(c) (UnsafePointer<headrace_call>?) -> Int64 = { call in
  guard let context = call?.pointee.ctx else { return 0 }
  return Unmanaged<PluginInstance>.fromOpaque(context).takeUnretainedValue().services.provider.clock.now().nanoseconds
}

private let callIsCancelled: @convention(c) (UnsafePointer<headrace_call>?) -> Int32 = { call in
  guard let context = call?.pointee.ctx else { return 0 }
  return Unmanaged<PluginInstance>.fromOpaque(context).takeUnretainedValue().context.cancellation.isCancelled ? 1 : 0
}

/// `create` is a call like the others, only that there is no instance yet to be watched or cancelled.
private func create(
  _ factory: headrace_factory, plugin: LoadedPlugin, config: String, services: HostServices, site: CallSite,
  _ context: InstanceContext
) throws(Failure) -> OpaquePointer {
  let loan = Loan()
  let text = loan.text(config)
  var instance: OpaquePointer?
  let result = site.perform(deadline: .distantFuture, cancellation: context.cancellation) { attempt in
    var error = headrace_error.empty
    var call = headrace_call(
      struct_size: UInt32(MemoryLayout<headrace_call>.size), attempt: UInt32(clamping: attempt.number),
      deadline_ns: attempt.deadline.nanoseconds, ctx: nil, now: { _ in headrace_monotonic_ns() },
      is_cancelled: { _ in 0 }, idempotency_key: headrace_string(data: nil, length: 0))
    return conclude(
      factory.create(&call, services.pointer, text, &instance, &error), &error, services.provider.redactor)
  }
  guard result.isSuccess else {
    throw result.failure(plugin: plugin.description.name, operation: .create, retry: site.terms.retry)
  }
  guard let instance else {
    throw Failure(.run, "plugin '\(plugin.description.name)' returned no instance", status: .fatal)
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
    let names = loan.array(patterns.map { loan.text($0) })
    var list = headrace_stream_list()
    list.struct_size = UInt32(MemoryLayout<headrace_stream_list>.size)
    _ = try perform(.discover, repeatable) { _, call, error in
      table.discover(handle, call, names, UInt64(patterns.count), &list, error)
    }
    defer { list.release?(&list) }
    var streams: [DiscoveredStream] = []
    for index in 0..<Int(list.n_items) {
      guard let item = list.items?[index], item.pointee.struct_size >= MemoryLayout<headrace_stream>.size else {
        continue
      }
      streams.append(try item.pointee.discovered())
    }
    return streams
  }

  package func splits(
    of stream: String, read: SourceRead, known: [SplitPosition], splitBytes: Int
  ) throws(Failure) -> SplitPlan {
    let loan = Loan()
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
    return SplitPlan(list, maker: self)
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
    var lent = position.lent(by: loan)
    _ = try perform(.ack, repeatable) { _, call, error in function(handle, call, &lent, error) }
  }
}

/// The splits of a stream. What they have in common in the source, such as a snapshot, lives as long as this.
package final class SplitPlan: @unchecked Sendable {
  // Released once, in deinit, when no lane holds it any more.
  package let splits: [Split]
  private var list: headrace_split_list
  private let maker: SourceInstance

  fileprivate init(_ list: headrace_split_list, maker: SourceInstance) {
    self.list = list
    self.maker = maker
    splits = (0..<Int(list.n_items)).compactMap { index in
      guard let split = readSized(list.items?[index], as: headrace_split.self, minimum: 56) else { return nil }
      return Split(
        id: String(split.id), identity: String(split.identity), token: [UInt8](split.token),
        estimatedRows: split.estimated_rows >= 0 ? split.estimated_rows : nil,
        estimatedBytes: split.estimated_bytes >= 0 ? split.estimated_bytes : nil)
    }
  }

  deinit { if maker.slot.isUsable { list.release?(&list) } }
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
    schema = try Schema(importing: opened)
  }

  private func open(
    _ call: UnsafePointer<headrace_call>, _ schema: UnsafeMutablePointer<ArrowSchema>,
    _ error: UnsafeMutablePointer<headrace_error>
  ) -> headrace_status {
    close()
    let loan = Loan()
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
    let status = try source.perform(.read, source.repeatable) { attempt, call, error in
      if attempt.number > 1 || reader == nil {
        // What the last attempt left is only good for being closed.
        var reopened = ArrowSchema()
        let code = open(call, &reopened, error)
        if reopened.release != nil { reopened.release(&reopened) }
        guard code == HEADRACE_OK else { return code }
      }
      return table.read(source.handle, call, reader, &batch, error)
    }
    if status == .endOfStream { return nil }
    defer { batch.releaseDescription() }
    let rejects = batch.rejectList()
    let rows = try RecordBatch(validating: batch.array, schema: schema)
    let position = [UInt8](batch.position)
    try advance(to: position, ordinal: batch.ordinal)
    return SourceBatch(
      rows: rows, rejects: rejects, ordinal: batch.ordinal, position: position, sourceBytes: batch.source_bytes)
  }

  private func advance(to position: [UInt8], ordinal: UInt64) throws(Failure) {
    let before = request.position?.ordinal ?? 0
    guard ordinal > before, position.count <= 16 << 10 else {
      throw Failure(
        .run,
        "plugin '\(source.plugin.description.name)': the position of split '\(request.split.id)' went from \(before) to \(ordinal) with \(position.count) bytes",
        status: .fatal)
    }
    request.position = SplitPosition(
      split: request.split.id, identity: request.split.identity, position: position, ordinal: ordinal,
      isComplete: false)
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
    let name = loan.text(stream)
    var schema = ArrowSchema()
    _ = try perform(.bind, repeatable) { _, call, error in
      table.bind(handle, call, name, input.pointer, &schema, error)
    }
    defer { if schema.release != nil { schema.release(&schema) } }
    output = try Schema(importing: schema)
  }

  package var allowsPassThrough: Bool { table.flags & UInt32(HEADRACE_TRANSFORM_PASS_THROUGH_ALLOWED) != 0 }

  /// Transforms a batch.
  ///
  /// - Returns: the result, or the batch untouched together with the failure.
  package func apply(_ batch: consuming RecordBatch) -> Application {
    let schema = batch.schema
    var input = batch.take()
    var out = headrace_batch.empty
    do throws(Failure) {
      _ = try perform(.apply, repeatable) { _, call, error in table.apply(handle, call, &input, &out, error) }
      if input.release != nil { input.release(&input) }
      defer { out.releaseDescription() }
      let rejects = out.rejectList()
      let rows = try RecordBatch(validating: out.array, schema: output)
      return .transformed(TransformedBatch(rows: rows, rejects: rejects))
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
    let name = loan.text(stream)
    _ = try perform(.bind, repeatable) { _, call, error in table.bind(handle, call, name, schema.pointer, error) }
  }

  package func inspect(_ batch: borrowing RecordBatch) throws(Failure) -> [Finding] {
    var list = headrace_finding_list.empty
    try batch.withArray { (array) throws(Failure) in
      _ = try perform(.inspect, unrepeatable) { _, call, error in table.inspect(handle, call, array, &list, error) }
    }
    return list.take()
  }

  /// The stream has been read to its end.
  package func finish(rows: Int, at now: WallTime) throws(Failure) -> [Finding] {
    guard let function = table.finish else { return [] }
    var summary = headrace_run_summary(
      struct_size: UInt32(MemoryLayout<headrace_run_summary>.size), reserved: 0, rows: UInt64(rows),
      wall_time_us: now.microseconds)
    var list = headrace_finding_list.empty
    _ = try perform(.finish, unrepeatable) { _, call, error in function(handle, call, &summary, &list, error) }
    return list.take()
  }

  /// What was learnt; nil for a detector that learns nothing.
  package func save() throws(Failure) -> [UInt8]? {
    guard let function = table.save else { return nil }
    var buffer = headrace_buffer.empty
    _ = try perform(.save, repeatable) { _, call, error in function(handle, call, &buffer, error) }
    return buffer.take()
  }

  package func restore(_ state: [UInt8]) throws(Failure) {
    guard let function = table.restore else { return }
    let loan = Loan()
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
      try upload.write(UnsafeRawBufferPointer(start: bytes.data, count: Int(bytes.length)))
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
    let taken = summary.take()
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
    let text = loan.text(sql)
    var buffer = headrace_buffer.empty
    _ = try perform(.tables, repeatable) { _, call, error in table.tables(handle, call, text, &buffer, error) }
    return String(decoding: buffer.take(), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// Runs a statement and hands over its batches, one after another.
  package func run(
    _ sql: String, tables: [QueryTable], each: (borrowing RecordBatch) throws(Failure) -> Void
  ) throws(Failure) -> Schema {
    let loan = Loan()
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
    let schema = try Schema(importing: imported)
    while true {
      var batch = headrace_batch.empty
      let status = try perform(.next, unrepeatable) { _, call, error in table.next(handle, call, &batch, error) }
      if status == .endOfStream { return schema }
      batch.releaseDescription()
      try each(RecordBatch(validating: batch.array, schema: schema))
    }
  }
}

private func missingKind(_ plugin: LoadedPlugin, _ kind: String) -> Failure {
  let kinds = plugin.description.schemas.keys.sorted().joined(separator: ", ")
  return Failure(
    .invalidInput, "plugin '\(plugin.description.name)' is not a \(kind): it is \(kinds.isEmpty ? "nothing" : kinds)",
    status: .unsupported)
}
