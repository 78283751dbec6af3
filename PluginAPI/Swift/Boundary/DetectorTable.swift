import CArrow
import CHeadrace

/// The C functions of kind `detector`.
enum DetectorTable {
  static func make(for type: any Detector.Type, in arena: Arena) -> headrace_detector {
    headrace_detector(
      struct_size: UInt32(MemoryLayout<headrace_detector>.size), flags: 0,
      factory: Tables.factory(for: type, in: arena, create: create), bind: bind, inspect: inspect, finish: finish,
      save: type.hasState ? save : nil, restore: type.hasState ? restore : nil)
  }

  /// What `save` gives may not be larger.
  static let maximumStateBytes = 1 << 20
}

private final class DetectorBox: InstanceBox {
  let detector: any Detector
  var schema: Schema?
  init(_ detector: any Detector) { self.detector = detector }
  override func cancel() { detector.cancel() }

  func requireBound() throws -> Schema {
    guard let schema else { throw PluginError(.fatal, "the detector was not bound to columns") }
    return schema
  }
}

private func create(
  _ call: UnsafePointer<headrace_call>?, _ host: UnsafePointer<headrace_host>?, _ config: headrace_string,
  _ out: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<headrace_error>?
) -> headrace_status {
  Tables.create(host, config, out, error) { configuration, host in
    try PluginLibrary.tables?.description.detector.map {
      DetectorBox(try $0.init(configuration: configuration, host: host))
    }
  }
}

private func bind(
  _ instance: OpaquePointer?, _ call: UnsafePointer<headrace_call>?, _ stream: headrace_string,
  _ schema: UnsafePointer<ArrowSchema>?, _ error: UnsafeMutablePointer<headrace_error>?
) -> headrace_status {
  Barrier.run(instance, as: DetectorBox.self, error) { box in
    let schema = try Schema(schema)
    try box.detector.bind(stream: stream.text, schema: schema, call: Call(call))
    box.schema = schema
    return HEADRACE_OK
  }
}

private func inspect(
  _ instance: OpaquePointer?, _ call: UnsafePointer<headrace_call>?, _ batch: UnsafePointer<ArrowArray>?,
  _ out: UnsafeMutablePointer<headrace_finding_list>?, _ error: UnsafeMutablePointer<headrace_error>?
) -> headrace_status {
  Barrier.run(instance, as: DetectorBox.self, error) { box in
    guard let batch, let out else { throw Barrier.missing("batch") }
    let owner = BatchOwner(borrowing: batch)
    let input = try Batch(batch, schema: try box.requireBound(), owner: owner)
    try export(try box.detector.inspect(input, call: Call(call)), to: out)
    return HEADRACE_OK
  }
}

private func finish(
  _ instance: OpaquePointer?, _ call: UnsafePointer<headrace_call>?, _ summary: UnsafePointer<headrace_run_summary>?,
  _ out: UnsafeMutablePointer<headrace_finding_list>?, _ error: UnsafeMutablePointer<headrace_error>?
) -> headrace_status {
  Barrier.run(instance, as: DetectorBox.self, error) { box in
    guard let summary, let out else { throw Barrier.missing("summary") }
    _ = try box.requireBound()
    let run = Sized.read(summary, empty: headrace_run_summary())
    let findings = try box.detector.finish(
      RunSummary(rows: run.rows, wallTimeMicroseconds: run.wall_time_us), call: Call(call))
    try export(findings, to: out)
    return HEADRACE_OK
  }
}

private func export(_ findings: [Finding], to out: UnsafeMutablePointer<headrace_finding_list>) throws {
  guard Sized.has(\.release, in: UnsafePointer(out)) else { throw Barrier.missing("room for findings") }
  let arena = Arena()
  let items: [UnsafePointer<headrace_finding>?] = findings.map { finding in
    UnsafePointer(
      arena.place(
        headrace_finding(
          struct_size: UInt32(MemoryLayout<headrace_finding>.size), severity: finding.severity.rawValue,
          rule: arena.string(finding.rule), column: arena.string(finding.column),
          message: arena.string(finding.message), row: Int64(finding.row), score: finding.score,
          observed: finding.observed, expected: finding.expected)))
  }
  var list = headrace_finding_list()
  list.items = UnsafePointer(arena.array(items))
  list.n_items = UInt64(items.count)
  list.private_data = Unmanaged.passRetained(arena).toOpaque()
  list.release = { Released.once($0, \.private_data, \.release) }
  Sized.write(list, to: out)
}

private func save(
  _ instance: OpaquePointer?, _ call: UnsafePointer<headrace_call>?, _ out: UnsafeMutablePointer<headrace_buffer>?,
  _ error: UnsafeMutablePointer<headrace_error>?
) -> headrace_status {
  Barrier.run(instance, as: DetectorBox.self, error) { box in
    guard let out else { throw Barrier.missing("buffer to fill") }
    let state = try box.detector.save(call: Call(call))
    guard state.count <= DetectorTable.maximumStateBytes else {
      throw PluginError(.fatal, "the detector's state has \(state.count) bytes, and 1 MiB is the most")
    }
    let arena = Arena()
    var buffer = headrace_buffer()
    buffer.bytes = arena.bytes(state)
    buffer.private_data = Unmanaged.passRetained(arena).toOpaque()
    buffer.release = { Released.once($0, \.private_data, \.release) }
    Sized.write(buffer, to: out)
    return HEADRACE_OK
  }
}

private func restore(
  _ instance: OpaquePointer?, _ call: UnsafePointer<headrace_call>?, _ state: headrace_bytes,
  _ error: UnsafeMutablePointer<headrace_error>?
) -> headrace_status {
  Barrier.run(instance, as: DetectorBox.self, error) { box in
    try box.detector.restore(state.array, call: Call(call))
    return HEADRACE_OK
  }
}
