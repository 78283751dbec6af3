import CArrow

extension Schema {
  /// Copies a schema that is lent for the duration of a call. Throws `unsupported` with the column's name for a type
  /// that the plugin interface does not know.
  init(_ pointer: UnsafePointer<ArrowSchema>?) throws {
    guard let pointer else { throw Barrier.missing("schema") }
    let field = try Field(pointer, path: "", depth: 0)
    guard case .structure(let fields) = field.type else {
      throw PluginError(.unsupported, "a schema must be a struct and is \(field.type.description)")
    }
    self.init(fields, metadata: field.metadata)
  }
}

extension Field {
  private static let maximumDepth = 64

  init(_ pointer: UnsafePointer<ArrowSchema>, path: String, depth: Int) throws {
    let schema = pointer.pointee
    let name = schema.name.map { String(cString: $0) } ?? ""
    let path = path.isEmpty ? name : path + "." + name
    guard depth < Self.maximumDepth, schema.release != nil, let format = schema.format else {
      throw PluginError(.unsupported, "column '\(path)': a released or too deeply nested schema")
    }
    var children: [Field] = []
    for index in 0..<max(Int(schema.n_children), 0) {
      guard let child = schema.children?[index] else { throw Barrier.missing("schema of column '\(path)'") }
      children.append(try Field(child, path: path, depth: depth + 1))
    }
    let keysSorted = schema.flags & Int64(ARROW_FLAG_MAP_KEYS_SORTED) != 0
    let text = String(cString: format)
    guard var type = ArrowFormat.type(of: text, children: children, keysSorted: keysSorted) else {
      throw PluginError(.unsupported, "column '\(path)': the type with Arrow's format '\(text)' is not supported")
    }
    if let values = schema.dictionary {
      let values = try Field(UnsafePointer(values), path: path, depth: depth + 1)
      let isOrdered = schema.flags & Int64(ARROW_FLAG_DICTIONARY_ORDERED) != 0
      type = .dictionary(index: type, values: values.type, isOrdered: isOrdered)
    }
    var metadata = ArrowMetadata.decode(schema.metadata)
    if type == .fixedSizeBinary(16), metadata.contains(Metadata(ArrowMetadata.extensionName, ArrowMetadata.uuid)) {
      type = .uuid
      metadata.removeAll { $0.key == ArrowMetadata.extensionName || $0.key == ArrowMetadata.extensionData }
    }
    let isNullable = schema.flags & Int64(ARROW_FLAG_NULLABLE) != 0
    self.init(name, type, isNullable: isNullable, metadata: metadata)
  }
}
