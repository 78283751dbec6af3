import CArrow
import CHeadrace
@testable import HeadracePlugin

/// Drives a detector through the C interface, as the host does.
final class DetectorDriver {
  private let table: UnsafePointer<headrace_detector>
  private let instance: PluginInstanceHandle

  struct Found: Hashable {
    var severity: Int32
    var rule: String
    var column: String
    var message: String
    var row: Int
    var score: UInt64
  }

  init(_ library: String, config: String, input: Schema) throws {
    table = try PluginHandle(library).table(HEADRACE_DETECTOR, as: headrace_detector.self)
    instance = try PluginInstanceHandle(table.pointee.factory, config: config)
    var schema = ArrowSchema()
    input.export(to: &schema)
    defer { schema.release?(&schema) }
    try Caller.run { call, error in
      table.pointee.bind(instance.pointer, call, headrace_string(), &schema, error)
    }
  }

  func inspect(_ input: Table) throws -> [Found] {
    var array = input.export()
    defer { array.release?(&array) }
    return try findings { call, list, error in table.pointee.inspect(instance.pointer, call, &array, list, error) }
  }

  func finish(rows: UInt64, wallTime: Int64 = 0) throws -> [Found] {
    var summary = headrace_run_summary()
    summary.struct_size = UInt32(MemoryLayout<headrace_run_summary>.size)
    summary.rows = rows
    summary.wall_time_us = wallTime
    return try findings { call, list, error in table.pointee.finish(instance.pointer, call, &summary, list, error) }
  }

  func save() throws -> [UInt8] {
    var buffer = headrace_buffer()
    buffer.struct_size = UInt32(MemoryLayout<headrace_buffer>.size)
    try Caller.run { call, error in table.pointee.save(instance.pointer, call, &buffer, error) }
    defer { buffer.release?(&buffer) }
    return Array(UnsafeBufferPointer(start: buffer.bytes.data, count: Int(buffer.bytes.length)))
  }

  func restore(_ state: [UInt8]) throws {
    try state.withUnsafeBufferPointer { state in
      let bytes = headrace_bytes(data: state.baseAddress, length: UInt64(state.count))
      try Caller.run { call, error in table.pointee.restore(instance.pointer, call, bytes, error) }
    }
  }

  private func findings(
    _ body: (
      UnsafePointer<headrace_call>, UnsafeMutablePointer<headrace_finding_list>, UnsafeMutablePointer<headrace_error>
    ) -> headrace_status
  ) throws -> [Found] {
    var list = headrace_finding_list()
    list.struct_size = UInt32(MemoryLayout<headrace_finding_list>.size)
    try Caller.run { call, error in body(call, &list, error) }
    defer { list.release?(&list) }
    return (0..<Int(list.n_items)).compactMap { list.items[$0]?.pointee }.map {
      Found(
        severity: $0.severity, rule: $0.rule.text, column: $0.column.text, message: $0.message.text,
        row: Int($0.row), score: $0.score.bitPattern)
    }
  }
}
