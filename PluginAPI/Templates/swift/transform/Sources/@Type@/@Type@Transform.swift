import HeadracePlugin

/// Turns the text of one column to upper case, ASCII letters only; everything else passes as it is.
final class @Type@Transform: Transform {
  static let configurationSchema = """
    {"type": "object", "additionalProperties": false, "required": ["column"], "properties": {
      "column": {"description": "The column of text to turn to upper case.", "type": "string", "minLength": 1}
    }}
    """
  private let name: String
  private var index = 0

  init(configuration: Configuration, host: Host) throws {
    name = try configuration.string("column")
  }

  func bind(stream: String, input: Schema, call: Call) throws -> Schema {
    try call.check()
    index = try input.requireIndex(of: name)
    let type = input.fields[index].type
    guard type == .string else {
      throw PluginError(.invalidConfig, "column '\(name)' is a \(type.description), not a string")
    }
    return input
  }

  /// What comes out depends on this batch alone, so that it does not matter where batches end.
  func apply(_ input: Batch, call: Call) throws -> TransformedBatch {
    try call.check()
    var columns = input.columns.map(\.data)  // the same buffers, without a copy
    columns[index] = Self.upperCase(input.columns[index])
    return TransformedBatch(columns: columns, rows: input.rowCount)
  }

  private static func upperCase(_ column: Column) -> ArrowData {
    var builder = ColumnBuilder(.bytes)
    let (texts, validity) = (column.texts, column.validity)
    for row in 0..<column.count {
      if let text = texts?[row], validity?[row] ?? true {
        builder.append(bytes: text.lazy.map { (97...122).contains($0) ? $0 - 32 : $0 })
      } else {
        builder.appendNull()
      }
    }
    return builder.take()
  }
}
