public import CArrow

extension Schema {
  /// Reads the schema of batches as a plugin states it.
  ///
  /// - Throws: a `Failure` that names the column, for a format that the lake has no type for.
  public init(importing schema: borrowing ArrowSchema) throws(Failure) {
    let root = try Field(importing: schema, path: "")
    guard case .structure(let fields) = root.type else {
      throw Failure(.run, "the schema of a batch is an Arrow struct, not '\(root.type)'", status: .fatal)
    }
    var seen = Set<String>()
    for field in fields {
      guard !field.name.isEmpty else { throw Failure(.run, "a column has no name", status: .fatal) }
      guard seen.insert(field.name).inserted else {
        throw Failure(.run, "two columns are named '\(field.name)'", status: .fatal)
      }
    }
    self.init(fields)
  }
}

extension Field {
  fileprivate init(importing schema: borrowing ArrowSchema, path: String) throws(Failure) {
    guard schema.release != nil, let format = schema.format else {
      throw Failure(.run, "the schema of '\(path)' is empty", status: .fatal)
    }
    let name = schema.name.map { String(cString: $0) } ?? ""
    let path = path.isEmpty ? name : "\(path).\(name)"
    let metadata = ArrowMetadata(encoded: schema.metadata)
    guard schema.dictionary == nil else { throw unsupportedFormat("dictionary", path) }
    var children: [Field] = []
    for index in 0..<max(0, Int(schema.n_children)) {
      guard let child = schema.children?[index] else {
        throw Failure(.run, "member \(index) of column '\(path)' is missing", status: .fatal)
      }
      children.append(try Field(importing: child.pointee, path: path))
    }
    let type = try dataType(String(cString: format), metadata: metadata, children: children, path: path)
    self.init(
      name, type, nullable: schema.flags & Int64(ARROW_FLAG_NULLABLE) != 0,
      id: metadata["PARQUET:field_id"].flatMap { Int($0) }, doc: metadata["comment"])
  }
}

private func unsupportedFormat(_ format: String, _ path: String) -> Failure {
  Failure(
    .run, "column '\(path)' has the Arrow format '\(format)', which is not one of the plugin ABI's",
    advice: "the plugin should convert it; docs/types.md has the list", status: .unsupported)
}

private func dataType(
  _ format: String, metadata: ArrowMetadata, children: [Field], path: String
) throws(Failure) -> DataType {
  switch format {
  case "b": return .boolean
  case "c": return .integer(bits: 8)
  case "s": return .integer(bits: 16)
  case "i": return .integer(bits: 32)
  case "l": return .integer(bits: 64)
  case "C": return .unsigned(bits: 8)
  case "S": return .unsigned(bits: 16)
  case "I": return .unsigned(bits: 32)
  case "f": return .float
  case "g": return .double
  case "tdD": return .date
  case "ttu": return .time
  case "u": return .string
  case "z": return .binary
  case "+s": return .structure(children)
  case "+l":
    if children.count == 1 { return .list(children[0]) }
  case "+m":
    if children.count == 1, case .structure(let entry) = children[0].type, entry.count == 2 {
      return .map(key: entry[0], value: entry[1])
    }
  default:
    if let type = parametrisedType(format, metadata: metadata) { return type }
  }
  throw unsupportedFormat(format, path)
}

private func parametrisedType(_ format: String, metadata: ArrowMetadata) -> DataType? {
  if format.hasPrefix("tsu:") { return .timestamp(zoned: format.utf8.count > 4) }
  if format.hasPrefix("d:") {
    let parts = format.dropFirst(2).split(separator: ",").map { Int($0) }
    guard parts.count == 2, let precision = parts[0], let scale = parts[1] else { return nil }
    guard (1...38).contains(precision), (0...precision).contains(scale) else { return nil }
    return .decimal(precision: precision, scale: scale)
  }
  if format.hasPrefix("w:"), let bytes = Int(format.dropFirst(2)), bytes > 0 {
    let isUUID = metadata["ARROW:extension:name"] == "arrow.uuid" && bytes == 16
    return isUUID ? .uuid : .fixed(bytes: bytes)
  }
  return nil
}
