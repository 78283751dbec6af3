/// One entry of `partition:` in a pipeline file: `region`, `day(created_at)`, `bucket(16, id)`, `truncate(10, name)`.
package struct PartitionExpression: Sendable, Hashable {
  package var transform: PartitionTransform
  /// The dotted path of the column.
  package var column: String

  package init(transform: PartitionTransform, column: String) {
    self.transform = transform
    self.column = column
  }

  private static let names = ["identity", "bucket", "truncate", "year", "month", "day", "hour", "void"]

  package static func parse(_ text: String) throws(IcebergError) -> PartitionExpression {
    let trimmed = trim(text[...])
    guard let open = trimmed.firstIndex(of: "(") else {
      guard !trimmed.isEmpty, !trimmed.contains(")") else { throw malformed(text) }
      return PartitionExpression(transform: .identity, column: String(trimmed))
    }
    guard trimmed.hasSuffix(")") else { throw malformed(text) }
    let name = trim(trimmed[..<open]).lowercased()
    let inner = trimmed[trimmed.index(after: open)...].dropLast()
    let arguments = inner.split(separator: ",", omittingEmptySubsequences: false).map { trim($0) }
    guard let column = arguments.last, !column.isEmpty else { throw malformed(text) }
    let transform = try transform(name, arguments.dropLast().map(String.init), text)
    return PartitionExpression(transform: transform, column: String(column))
  }

  private static func transform(
    _ name: String, _ parameters: [String], _ text: String
  ) throws(IcebergError) -> PartitionTransform {
    switch (name, parameters.count) {
    case ("identity", 0): return .identity
    case ("year", 0): return .year
    case ("month", 0): return .month
    case ("day", 0): return .day
    case ("hour", 0): return .hour
    case ("void", 0): return .void
    case ("bucket", 1): return .bucket(try number(parameters[0], text))
    case ("truncate", 1): return .truncate(try number(parameters[0], text))
    case ("bucket", _), ("truncate", _):
      throw IcebergError(
        "'\(text)' needs a number and a column", advice: "write for example \(name)(16, id)")
    case (let known, _) where names.contains(known):
      throw IcebergError("'\(text)' takes one column", advice: "write for example \(known)(created_at)")
    default: throw unknown(name, text)
    }
  }

  private static func number(_ parameter: String, _ text: String) throws(IcebergError) -> Int {
    guard let number = Int32(parameter), number > 0 else {
      throw IcebergError("'\(parameter)' in '\(text)' is no positive number")
    }
    return Int(number)
  }

  private static func unknown(_ name: String, _ text: String) -> IcebergError {
    let singular = name.hasSuffix("s") ? String(name.dropLast()) : name
    if names.contains(singular) {
      return IcebergError("unknown partition transform '\(name)' in '\(text)'", advice: "did you mean '\(singular)'?")
    }
    return IcebergError(
      "unknown partition transform '\(name)' in '\(text)'", advice: "known are \(names.joined(separator: ", "))")
  }

  private static func malformed(_ text: String) -> IcebergError {
    IcebergError(
      "'\(text)' is no partition expression", advice: "write a column, day(created_at) or bucket(16, id)")
  }

  private static func trim(_ text: Substring) -> Substring {
    var trimmed = text
    while trimmed.first?.isWhitespace == true { trimmed.removeFirst() }
    while trimmed.last?.isWhitespace == true { trimmed.removeLast() }
    return trimmed
  }
}

extension PartitionSpec {
  /// The spec that these expressions mean for a schema.
  /// - Parameter lastFieldID: the highest partition field id that the table has used, 999 for a new table.
  package init(
    _ expressions: [PartitionExpression], schema: IcebergSchema, id: Int = 0,
    lastFieldID: Int = PartitionSpec.firstFieldID - 1
  ) throws(IcebergError) {
    var fields: [PartitionField] = []
    for expression in expressions {
      let field = try Self.field(expression, schema, id: lastFieldID + fields.count + 1)
      guard !fields.contains(where: { $0.name == field.name }) else {
        throw IcebergError("the partition field '\(field.name)' occurs twice", advice: "remove one of them")
      }
      fields.append(field)
    }
    self.init(id: id, fields: fields)
  }

  private static func field(
    _ expression: PartitionExpression, _ schema: IcebergSchema, id: Int
  ) throws(IcebergError) -> PartitionField {
    guard let source = schema.field(at: expression.column) else {
      throw IcebergError("there is no column '\(expression.column)' to partition by")
    }
    guard expression.transform.resultType(of: source.type) != nil else {
      throw IcebergError("the column '\(expression.column)' of type \(source.type) has no \(expression.transform)")
    }
    let name = expression.column + suffix(expression.transform)
    guard expression.transform == .identity || schema.field(named: name) == nil else {
      throw IcebergError("the partition field '\(name)' has the name of a column", advice: "rename the column")
    }
    return PartitionField(id: id, name: name, sourceID: source.id, transform: expression.transform)
  }

  private static func suffix(_ transform: PartitionTransform) -> String {
    switch transform {
    case .identity, .unknown: ""
    case .bucket: "_bucket"
    case .truncate: "_trunc"
    case .year: "_year"
    case .month: "_month"
    case .day: "_day"
    case .hour: "_hour"
    case .void: "_null"
    }
  }
}
