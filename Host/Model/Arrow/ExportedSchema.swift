public import CArrow

/// A schema in Arrow's C form, to be lent to plugins. Owns every byte that the structure points to.
public final class ExportedSchema: @unchecked Sendable {
  // Immutable after init, so that sharing it between threads is safe; the pointer keeps its address for plugins.
  private let root: UnsafeMutablePointer<ArrowSchema>
  public let schema: Schema

  /// Builds the C form. Nested columns, field ids (`PARQUET:field_id`), comments and the extension `arrow.uuid` are stated.
  public init(_ schema: Schema) {
    self.schema = schema
    root = exportField(Field("", .structure(schema.fields), nullable: false))
  }

  /// Lends the structure; valid as long as this object is.
  public var pointer: UnsafePointer<ArrowSchema> { UnsafePointer(root) }

  deinit { releaseTree(root) }
}

private func exportField(_ field: Field) -> UnsafeMutablePointer<ArrowSchema> {
  let form = arrowForm(field.type)
  let node = UnsafeMutablePointer<ArrowSchema>.allocate(capacity: 1)
  let children = form.children.map(exportField)
  var list: UnsafeMutablePointer<UnsafeMutablePointer<ArrowSchema>?>?
  if !children.isEmpty {
    let slots = UnsafeMutablePointer<UnsafeMutablePointer<ArrowSchema>?>.allocate(capacity: children.count)
    for (index, child) in children.enumerated() { (slots + index).initialize(to: child) }
    list = slots
  }
  var metadata: [(key: String, value: String)] = []
  if let id = field.id { metadata.append(("PARQUET:field_id", String(id))) }
  if let doc = field.doc { metadata.append(("comment", doc)) }
  if field.type == .uuid {
    metadata.append(("ARROW:extension:name", "arrow.uuid"))
    metadata.append(("ARROW:extension:metadata", ""))
  }
  node.initialize(
    to: ArrowSchema(
      format: cBytes(Array(form.format.utf8) + [0]), name: cBytes(Array(field.name.utf8) + [0]),
      metadata: metadata.isEmpty ? nil : cBytes(ArrowMetadata(metadata).encoded()),
      flags: field.isNullable ? Int64(ARROW_FLAG_NULLABLE) : 0, n_children: Int64(children.count), children: list,
      dictionary: nil, release: { $0?.pointee.release = nil }, private_data: nil))
  return node
}

private func releaseTree(_ node: UnsafeMutablePointer<ArrowSchema>) {
  for index in 0..<Int(node.pointee.n_children) {
    if let child = node.pointee.children[index] { releaseTree(child) }
  }
  node.pointee.children?.deallocate()
  node.pointee.format?.deallocate()
  node.pointee.name?.deallocate()
  node.pointee.metadata?.deallocate()
  node.deallocate()
}

private func cBytes(_ bytes: [UInt8]) -> UnsafePointer<CChar> {
  let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
  for (index, byte) in bytes.enumerated() { (copy + index).initialize(to: CChar(bitPattern: byte)) }
  return UnsafePointer(copy)
}

private func arrowForm(_ type: DataType) -> (format: String, children: [Field]) {
  switch type {
  case .boolean: ("b", [])
  case .integer(let bits): (["c", "s", "i", "l"][bits.trailingZeroBitCount - 3], [])
  case .unsigned(let bits): (["C", "S", "I"][bits.trailingZeroBitCount - 3], [])
  case .float: ("f", [])
  case .double: ("g", [])
  case .decimal(let precision, let scale): ("d:\(precision),\(scale)", [])
  case .date: ("tdD", [])
  case .time: ("ttu", [])
  case .timestamp(let zoned): (zoned ? "tsu:UTC" : "tsu:", [])
  case .string: ("u", [])
  case .binary: ("z", [])
  case .fixed(let bytes): ("w:\(bytes)", [])
  case .uuid: ("w:16", [])
  case .list(let element): ("+l", [element])
  case .structure(let fields): ("+s", fields)
  case .map(let key, let value): ("+m", [Field("entries", .structure([key, value]), nullable: false)])
  }
}
