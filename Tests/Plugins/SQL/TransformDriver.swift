import CArrow
import CHeadrace

/// Drives a transform plugin through the C ABI.
final class TransformDriver {
  private let transform: headrace_transform
  private let instance: PluginInstance

  init(query: String) throws {
    transform = try PluginUnderTest("sql").kind(HEADRACE_TRANSFORM, as: headrace_transform.self)
    let escaped = query.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: " ")
    instance = try PluginInstance(transform.factory.pointee, config: "{\"query\": \"\(escaped)\"}")
  }

  /// Binds and gives the columns that go out, in the schema of batches that are still to come.
  func bind(_ input: ArrowSchema) throws -> Batches {
    let output = Batches()
    var input = input
    try SourceDriver.call(Int64.max) { call, error in
      "t".withC { transform.bind(instance.handle, call, $0, &input, &output.schema, error) }
    }
    return output
  }

  /// Transforms a batch. It is gone afterwards if that succeeds, and is the caller's as before if not.
  func apply(_ input: inout ArrowArray, into output: Batches) throws {
    var batch = headrace_batch()
    batch.struct_size = UInt32(MemoryLayout<headrace_batch>.size)
    try SourceDriver.call(Int64.max) { transform.apply(instance.handle, $0, &input, &batch, $1) }
    batch.release?(&batch)
    output.arrays.append(batch.array)
  }

  func cancel() { transform.factory.pointee.cancel(instance.handle) }
}
