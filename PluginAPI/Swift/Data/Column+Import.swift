import CArrow

/// A batch that comes in.
public struct Batch: Sendable {
  public let schema: Schema
  public let rowCount: Int
  /// One for each field of the schema.
  public let columns: [Column]

  init(_ pointer: UnsafePointer<ArrowArray>, schema: Schema, owner: BatchOwner) throws {
    let array = pointer.pointee
    guard array.release != nil else { throw PluginError(.fatal, "the host gave a batch that was released") }
    guard array.length >= 0, array.offset >= 0, array.n_children == schema.fields.count else {
      throw PluginError(.fatal, "a batch of \(array.n_children) columns where \(schema.fields.count) were announced")
    }
    self.schema = schema
    rowCount = Int(array.length)
    columns = try schema.fields.enumerated().map { index, field in
      try Column(
        array.children?[index], field: field, shift: Int(array.offset), count: Int(array.length), owner: owner)
    }
  }

  /// The column of a name, nil if there is none.
  public func column(_ name: String) -> Column? { columns.first { $0.name == name } }
}

extension Column {
  /// The values `shift ..< shift + count` of an array; all of them if `count` is nil.
  init(
    _ pointer: UnsafeMutablePointer<ArrowArray>?, field: Field, shift: Int, count: Int?, owner: AnyObject
  ) throws {
    guard let array = pointer?.pointee else { throw Barrier.missing("array for column '\(field.name)'") }
    let length = Int(array.length)
    let count = count ?? length
    guard length >= 0, array.offset >= 0, shift + count <= length, shift >= 0 else {
      throw PluginError(.fatal, "column '\(field.name)' has \(length) values where \(shift + count) were expected")
    }
    let buffers = (0..<max(Int(array.n_buffers), 0)).map { array.buffers?[$0] }
    if let expected = field.type.bufferCount, buffers.count != expected {
      throw PluginError(.fatal, "column '\(field.name)' has \(buffers.count) buffers where its type has \(expected)")
    }
    let offset = Int(array.offset) + shift
    guard Int(array.n_children) == field.type.children.count else {
      throw PluginError(.fatal, "column '\(field.name)' has \(array.n_children) children, unlike its type")
    }
    let children = try field.type.children.enumerated().map { index, child in
      let (shift, cut) = Self.cut(of: field.type, offset: offset, count: count)
      return try Column(array.children?[index], field: child, shift: shift, count: cut, owner: owner)
    }
    var dictionary: [Column] = []
    if case .dictionary(_, let values, _) = field.type {
      let values = Field(field.name, values)
      dictionary = [try Column(array.dictionary, field: values, shift: 0, count: nil, owner: owner)]
    }
    self.init(
      field: field, count: count, offset: offset,
      knownNullCount: count == length ? Int(array.null_count) : (array.null_count == 0 ? 0 : -1), buffers: buffers,
      children: children, dictionary: dictionary, owner: owner)
  }

  /// Which part of its child belongs to a range of a nested column.
  private static func cut(of type: DataType, offset: Int, count: Int) -> (shift: Int, count: Int?) {
    switch type {
    case .structure: (offset, count)
    case .fixedSizeList(_, let size): (offset * size, count * size)
    default: (0, nil)
    }
  }

  /// The same values for the output, without a copy.
  public var data: ArrowData { data(shiftedBack: 0) }

  /// The children of a struct were cut to its rows when they came in. They go out as they came, `shift` values longer
  /// in front, since the struct's own offset cuts them again.
  private func data(shiftedBack shift: Int) -> ArrowData {
    let back: Int =
      switch type {
      case .structure: offset
      case .fixedSizeList(_, let size): offset * size
      default: 0
      }
    return ArrowData(
      length: count + shift, nullCount: shift == 0 ? knownNullCount : -1, offset: offset - shift, buffers: buffers,
      children: children.map { $0.data(shiftedBack: back) }, dictionary: dictionary.map(\.data), owners: [owner])
  }
}
