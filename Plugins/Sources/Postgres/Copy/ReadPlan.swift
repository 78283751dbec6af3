import HeadracePlugin

/// Everything that the reading of one relation follows from its catalog entry and the configuration: the SELECT, the
/// decoders, the schema.
struct ReadPlan {
  let relation: Relation
  let columns: [ColumnPlan]
  let keyFields: KeyFields
  /// Keys that have no binary form of ours follow the columns as text.
  private let extraExpressions: [String]
  private let keyTypes: [String]

  init(_ relation: Relation, types: [UInt32: PostgresType], config: Config) throws {
    let map = TypeMap(types: types, specialValues: config.specialValues)
    let keyNumbers = Set(relation.key)
    self.relation = relation
    columns = try relation.columns.map { column in
      let cast = config.casts[relation.stream + "." + column.name]
      return try map.plan(column, cast: cast, isNullable: !keyNumbers.contains(column.number) || cast != nil)
    }
    var fields: [(index: Int, form: KeyFields.Form)] = []
    var extras: [String] = []
    for key in relation.keyColumns {
      guard let index = relation.columns.firstIndex(of: key) else { continue }
      if columns[index].isPlain, let form = Self.form(columns[index].decoding) {
        fields.append((index, form))
      } else {
        fields.append((columns.count + extras.count, .text))
        extras.append(Identifier.column(key.name) + "::text")
      }
    }
    keyFields = KeyFields(fields: fields)
    extraExpressions = extras
    keyTypes = relation.keyColumns.map { map.resolve($0.type, $0.modifier)?.type.sql ?? "pg_catalog.text" }
  }

  private static func form(_ decoding: Decoding) -> KeyFields.Form? {
    switch decoding {
    case .int2, .int4, .int8: .integer
    case .uuid: .uuid
    case .text: .text
    default: nil
    }
  }

  var schema: Schema { Schema(columns.map(\.field)) }
  var extraFields: Int { extraExpressions.count }

  /// Reads a range in the order of the key, from behind a position. `quote` makes literals.
  func copy(_ range: KeyRange, after position: KeyPosition?, quote: (String) throws -> String) throws -> String {
    let expressions = columns.map(\.expression) + extraExpressions
    var sql = "COPY (SELECT \(expressions.joined(separator: ", ")) FROM \(relation.sql) AS \(Identifier.relation)"
    let names = relation.keyColumns.map { Identifier.column($0.name) }
    guard let first = names.first, let type = keyTypes.first else { return sql + ") TO STDOUT (FORMAT binary)" }
    var conditions: [String] = []
    if let position {
      let values = try zip(position.values, keyTypes).map { try quote($0) + "::" + $1 }
      conditions.append(names.count == 1 ? "\(first) > \(values[0])" : "(\(Self.list(names))) > (\(Self.list(values)))")
    } else if let lower = range.lower {
      conditions.append("\(first) >= \(try quote(lower))::\(type)")
    }
    if let upper = range.upper { conditions.append("\(first) < \(try quote(upper))::\(type)") }
    if !conditions.isEmpty { sql += " WHERE " + conditions.joined(separator: " AND ") }
    return sql + " ORDER BY \(Self.list(names))) TO STDOUT (FORMAT binary)"
  }

  private static func list(_ parts: [String]) -> String { parts.joined(separator: ", ") }
}
