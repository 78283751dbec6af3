import CArrow
import CHeadrace
@testable import HeadracePlugin

/// Drives a transform through the C interface, as the host does.
final class TransformDriver {
  private let table: UnsafePointer<headrace_transform>
  private let instance: PluginInstanceHandle
  private(set) var output = Schema([])

  struct Result {
    var lines: [String]
    var rejects: [(row: Int, reason: String, record: String)]
    var array: ArrowArray
  }

  init(_ library: String, config: String, input: Schema) throws {
    table = try PluginHandle(library).table(HEADRACE_TRANSFORM, as: headrace_transform.self)
    instance = try PluginInstanceHandle(table.pointee.factory, config: config)
    var (schema, made) = (ArrowSchema(), ArrowSchema())
    input.export(to: &schema)
    defer { schema.release?(&schema) }
    try Caller.run { call, error in
      table.pointee.bind(instance.pointer, call, headrace_string(), &schema, &made, error)
    }
    defer { made.release?(&made) }
    output = try Schema(&made)
  }

  /// Applies the transform and releases everything.
  func apply(_ input: Table, slice: Int = 0) throws -> Result {
    var array = input.export(slice: slice)
    defer { array.release?(&array) }
    var batch = try run(&array)
    defer {
      batch.array.release?(&batch.array)
      batch.release?(&batch)
    }
    let rejects = (0..<Int(batch.n_rejects)).compactMap { batch.rejects[$0]?.pointee }.map { reject in
      let record = UnsafeBufferPointer(start: reject.record.data, count: Int(reject.record.length))
      return (Int(reject.row), reject.reason.text, String(decoding: record, as: UTF8.self))
    }
    return Result(lines: try lines(of: batch.array, schema: output), rejects: rejects, array: batch.array)
  }

  /// One call, and the batch as it came.
  func run(_ array: inout ArrowArray) throws -> headrace_batch {
    var batch = headrace_batch()
    batch.struct_size = UInt32(MemoryLayout<headrace_batch>.size)
    try Caller.run { call, error in table.pointee.apply(instance.pointer, call, &array, &batch, error) }
    return batch
  }
}
