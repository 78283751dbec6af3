/// One entry of `partition:` in a pipeline file: `region`, `day(created_at)`, `bucket(16, id)`, `truncate(10, name)`.
package struct PartitionExpression: Sendable, Hashable {
  package var transform: PartitionTransform
  /// The dotted path of the column.
  package var column: String

  package init(transform: PartitionTransform, column: String) {
    self.transform = transform
    self.column = column
  }

  private static let simple: [String: PartitionTransform] = [
    "identity": .identity, "year": .year, "month": .month, "day": .day, "hour": .hour, "void": .void,
  ]
  private static let names = ["bucket", "day", "hour", "identity", "month", "truncate", "void", "year"]
  private static let example = "write for example day(created_at) or bucket(16, id)"

  package static func parse(_ text: String) throws(IcebergError) -> PartitionExpression {
    let whole = trimmed(text[...])
    guard let open = whole.firstIndex(of: "(") else {
      guard isColumn(whole) else { throw IcebergError("\(quoted(text)) is no partition expression", advice: example) }
      return PartitionExpression(transform: .identity, column: whole)
    }
    guard whole.last == ")" else {
      throw IcebergError("the partition expression \(quoted(text)) has no ')' at its end")
    }
    let name = trimmed(whole[..<open]).lowercased()
    let inside = whole[whole.index(after: open)...].dropLast()
    let arguments = inside.split(separator: ",", omittingEmptySubsequences: false).map { trimmed($0) }
    let transform = try transform(name, arguments)
    guard let column = arguments.last, isColumn(column) else {
      throw IcebergError("\(quoted(text)) names no column", advice: example)
    }
    return PartitionExpression(transform: transform, column: column)
  }

  private static func transform(_ name: String, _ arguments: [String]) throws(IcebergError) -> PartitionTransform {
    if let transform = simple[name] {
      guard arguments.count == 1 else { throw IcebergError("'\(name)' takes a column and nothing else") }
      return transform
    }
    guard name == "bucket" || name == "truncate" else {
      throw IcebergError(
        "unknown partition transform \(quoted(name))",
        advice: EditDistance.suggestion(for: name, among: names) ?? "known are \(choices(names, joinedBy: "and"))")
    }
    // A bucket's number is 32 bits wide in the specification.
    guard arguments.count == 2, let width = Int32(arguments[0]), width > 0 else {
      throw IcebergError("'\(name)' takes a number and a column", advice: "write for example \(name)(16, id)")
    }
    return name == "bucket" ? .bucket(Int(width)) : .truncate(Int(width))
  }

  private static func isColumn(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 255
      && text.unicodeScalars.allSatisfy {
        $0.value >= 0x20 && $0.value != 0x7F && !"(),'\"".unicodeScalars.contains($0)
      }
  }

  private static func trimmed(_ text: Substring) -> String {
    var rest = text
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
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
