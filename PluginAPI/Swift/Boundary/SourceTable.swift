import CArrow
import CHeadrace

/// The C functions of kind `source`.
enum SourceTable {
  static func make(for type: any Source.Type, in arena: Arena) -> headrace_source {
    headrace_source(
      struct_size: UInt32(MemoryLayout<headrace_source>.size), flags: 0,
      factory: Tables.factory(for: type, in: arena, create: create), discover: discover, splits: splits, open: open,
      read: read, ack: type.wantsAcknowledgements ? acknowledge : nil, close: close)
  }
}

private final class SourceBox: InstanceBox {
  let source: any Source
  init(_ source: any Source) { self.source = source }
  override func cancel() { source.cancel() }
}

private final class ReaderBox {
  let reader: any SourceReader
  init(_ reader: any SourceReader) { self.reader = reader }
}

private func create(
  _ call: UnsafePointer<headrace_call>?, _ host: UnsafePointer<headrace_host>?, _ config: headrace_string,
  _ out: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<headrace_error>?
) -> headrace_status {
  Tables.create(host, config, out, error) { configuration, host in
    try PluginLibrary.tables?.description.source.map {
      SourceBox(try $0.init(configuration: configuration, host: host))
    }
  }
}

private func discover(
  _ instance: OpaquePointer?, _ call: UnsafePointer<headrace_call>?, _ patterns: UnsafePointer<headrace_string>?,
  _ count: UInt64, _ out: UnsafeMutablePointer<headrace_stream_list>?, _ error: UnsafeMutablePointer<headrace_error>?
) -> headrace_status {
  Barrier.run(instance, as: SourceBox.self, error) { box in
    guard let out else { throw Barrier.missing("list to fill") }
    let patterns = patterns.map { start in (0..<Int(count)).map { start[$0].text } } ?? []
    let streams = try box.source.discover(patterns, call: Call(call))
    let arena = Arena()
    let items = streams.map { Optional(arena.place($0.exported(in: arena))) }
    var list = headrace_stream_list()
    list.items = UnsafePointer(arena.array(items))
    list.n_items = UInt64(items.count)
    list.private_data = Unmanaged.passRetained(arena).toOpaque()
    list.release = { list in
      guard let list, list.pointee.private_data != nil else { return }
      for index in 0..<Int(list.pointee.n_items) {
        guard let item = list.pointee.items?[index] else { continue }
        item.pointee.schema.release?(&item.pointee.schema)
      }
      Released.once(list, \.private_data, \.release)
    }
    Sized.write(list, to: out)
    return HEADRACE_OK
  }
}

extension SourceStream {
  fileprivate func exported(in arena: Arena) -> headrace_stream {
    var stream = headrace_stream()
    stream.struct_size = UInt32(MemoryLayout<headrace_stream>.size)
    if isFiles { stream.flags |= UInt32(HEADRACE_STREAM_FILES) }
    if isOrdered { stream.flags |= UInt32(HEADRACE_STREAM_ORDERED) }
    if isUnstable { stream.flags |= UInt32(HEADRACE_STREAM_UNSTABLE) }
    stream.name = arena.string(name)
    schema.export(to: &stream.schema)
    stream.key = UnsafePointer(arena.array(key.map(arena.string)))
    stream.n_key = UInt64(key.count)
    stream.cursors = UnsafePointer(arena.array(cursors.map(arena.string)))
    stream.n_cursors = UInt64(cursors.count)
    stream.estimated_rows = estimatedRows
    stream.estimated_bytes = estimatedBytes
    stream.notes = UnsafePointer(arena.array(notes.map(arena.string)))
    stream.n_notes = UInt64(notes.count)
    return stream
  }
}

private func splits(
  _ instance: OpaquePointer?, _ call: UnsafePointer<headrace_call>?, _ request: UnsafePointer<headrace_split_request>?,
  _ out: UnsafeMutablePointer<headrace_split_list>?, _ error: UnsafeMutablePointer<headrace_error>?
) -> headrace_status {
  Barrier.run(instance, as: SourceBox.self, error) { box in
    guard let request, let out else { throw Barrier.missing("request") }
    let found = try box.source.splits(SplitRequest(request), call: Call(call))
    let arena = Arena()
    let items = found.splits.map { split in
      Optional(
        arena.place(
          headrace_split(
            struct_size: UInt32(MemoryLayout<headrace_split>.size), reserved: 0, id: arena.string(split.id),
            identity: arena.string(split.identity), token: arena.bytes(split.token),
            estimated_rows: split.estimatedRows, estimated_bytes: split.estimatedBytes)))
    }
    if let shared = found.shared { arena.keptAlive = [shared] }
    var list = headrace_split_list()
    list.items = UnsafePointer(arena.array(items))
    list.n_items = UInt64(items.count)
    list.private_data = Unmanaged.passRetained(arena).toOpaque()
    list.release = { Released.once($0, \.private_data, \.release) }
    Sized.write(list, to: out)
    return HEADRACE_OK
  }
}

extension SplitRequest {
  fileprivate init(_ pointer: UnsafePointer<headrace_split_request>) throws {
    let request = Sized.read(pointer, empty: headrace_split_request())
    let known = request.known
    self.init(
      stream: request.stream.text, read: try ReadMode(checking: request.read), cursor: request.cursor.text,
      known: known.map { start in
        (0..<Int(request.n_known)).compactMap { start[$0].map { SplitPosition($0) } }
      } ?? [], splitBytes: request.split_bytes)
  }
}

extension SplitPosition {
  fileprivate init(_ pointer: UnsafePointer<headrace_split_position>) {
    let position = Sized.read(pointer, empty: headrace_split_position())
    self.init(
      split: position.split.text, identity: position.identity.text, position: position.position.array,
      ordinal: position.ordinal, isComplete: position.is_complete != 0)
  }
}

extension ReadMode {
  fileprivate init(checking value: UInt32) throws {
    guard let mode = ReadMode(rawValue: value) else {
      throw PluginError(.unsupported, "the host asks for the read mode \(value), which this plugin does not know")
    }
    self = mode
  }
}

private func open(
  _ instance: OpaquePointer?, _ call: UnsafePointer<headrace_call>?, _ request: UnsafePointer<headrace_open_request>?,
  _ schema: UnsafeMutablePointer<ArrowSchema>?, _ reader: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<headrace_error>?
) -> headrace_status {
  Barrier.run(instance, as: SourceBox.self, error) { box in
    guard let request, let schema, let reader else { throw Barrier.missing("request") }
    let asked = Sized.read(request, empty: headrace_open_request())
    let opened = try box.source.open(
      OpenRequest(
        stream: asked.stream.text, read: ReadMode(checking: asked.read), split: asked.split.text,
        identity: asked.identity.text, token: asked.token.array, position: asked.position.array,
        ordinal: asked.ordinal, batchBytes: Int(clamping: asked.batch_bytes), batchRows: Int(clamping: asked.batch_rows)
      ),
      call: Call(call))
    opened.schema.export(to: schema)
    reader.pointee = OpaquePointer(Unmanaged.passRetained(ReaderBox(opened.reader)).toOpaque())
    return HEADRACE_OK
  }
}

private func read(
  _ instance: OpaquePointer?, _ call: UnsafePointer<headrace_call>?, _ reader: OpaquePointer?,
  _ out: UnsafeMutablePointer<headrace_batch>?, _ error: UnsafeMutablePointer<headrace_error>?
) -> headrace_status {
  Barrier.run(instance, as: SourceBox.self, error) { _ in
    guard let reader, let out else { throw Barrier.missing("reader") }
    let box = Unmanaged<ReaderBox>.fromOpaque(UnsafeRawPointer(reader)).takeUnretainedValue()
    guard let batch = try box.reader.read(call: Call(call)) else { return HEADRACE_END_OF_STREAM }
    try batch.export(to: out)
    return HEADRACE_OK
  }
}

private func acknowledge(
  _ instance: OpaquePointer?, _ call: UnsafePointer<headrace_call>?,
  _ position: UnsafePointer<headrace_split_position>?, _ error: UnsafeMutablePointer<headrace_error>?
) -> headrace_status {
  Barrier.run(instance, as: SourceBox.self, error) { box in
    guard let position else { throw Barrier.missing("position") }
    try box.source.acknowledge(SplitPosition(position), call: Call(call))
    return HEADRACE_OK
  }
}

private func close(_ instance: OpaquePointer?, _ reader: OpaquePointer?) {
  guard let reader else { return }
  Unmanaged<ReaderBox>.fromOpaque(UnsafeRawPointer(reader)).takeRetainedValue().reader.close()
}
