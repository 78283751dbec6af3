import CArrow
import CHeadrace

/// The C functions of kind `transform`.
enum TransformTable {
  static func make(for type: any Transform.Type, in arena: Arena) -> headrace_transform {
    headrace_transform(
      struct_size: UInt32(MemoryLayout<headrace_transform>.size),
      flags: type.allowsPassThrough ? UInt32(HEADRACE_TRANSFORM_PASS_THROUGH_ALLOWED) : 0,
      factory: Tables.factory(for: type, in: arena, create: create), bind: bind, apply: apply)
  }
}

private final class TransformBox: InstanceBox {
  let transform: any Transform
  var input: Schema?
  init(_ transform: any Transform) { self.transform = transform }
  override func cancel() { transform.cancel() }
}

private func create(
  _ call: UnsafePointer<headrace_call>?, _ host: UnsafePointer<headrace_host>?, _ config: headrace_string,
  _ out: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<headrace_error>?
) -> headrace_status {
  Tables.create(host, config, out, error) { configuration, host in
    try PluginLibrary.tables?.description.transform.map {
      TransformBox(try $0.init(configuration: configuration, host: host))
    }
  }
}

private func bind(
  _ instance: OpaquePointer?, _ call: UnsafePointer<headrace_call>?, _ stream: headrace_string,
  _ input: UnsafePointer<ArrowSchema>?, _ output: UnsafeMutablePointer<ArrowSchema>?,
  _ error: UnsafeMutablePointer<headrace_error>?
) -> headrace_status {
  Barrier.run(instance, as: TransformBox.self, error) { box in
    guard let output else { throw Barrier.missing("schema to fill") }
    let schema = try Schema(input)
    let made = try box.transform.bind(stream: stream.text, input: schema, call: Call(call))
    box.input = schema
    made.export(to: output)
    return HEADRACE_OK
  }
}

/// The input is the host's until nothing can fail any more, and then the output's.
private func apply(
  _ instance: OpaquePointer?, _ call: UnsafePointer<headrace_call>?, _ input: UnsafeMutablePointer<ArrowArray>?,
  _ out: UnsafeMutablePointer<headrace_batch>?, _ error: UnsafeMutablePointer<headrace_error>?
) -> headrace_status {
  Barrier.run(instance, as: TransformBox.self, error) { box in
    guard let input, let out else { throw Barrier.missing("batch") }
    guard let schema = box.input else { throw PluginError(.fatal, "the transform was not bound to columns") }
    let owner = BatchOwner(borrowing: input)
    let made = try box.transform.apply(Batch(input, schema: schema, owner: owner), call: Call(call))
    try made.export(to: out)
    owner.take(from: input)
    return HEADRACE_OK
  }
}
