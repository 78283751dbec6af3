import HeadracePlugin

/// How a column is selected, decoded and named to the host: the table of `README.md`.
struct ColumnPlan {
  var field: Field
  /// In the SELECT.
  var expression: String
  var decoding: Decoding
  /// The column itself is selected, not something made of it.
  var isPlain: Bool
}

/// Maps PostgreSQL's types. What it does not know is cast to text: one column without a known binary form would fail
/// the whole COPY.
struct TypeMap {
  let types: [UInt32: PostgresType]
  let specialValues: Config.SpecialValues

  /// A type behind its domains, with the modifier and the dimensions that these give it.
  struct Resolved {
    var type: PostgresType
    var modifier: Int32
    var dimensions = 0
  }

  /// A value that has a binary form of ours.
  private struct Known {
    var data: DataType
    var decoding: Decoding
  }

  func plan(_ column: TableColumn, cast: String?, isNullable: Bool) throws -> ColumnPlan {
    let name = Identifier.column(column.name)
    if let cast { return try planCast(column, name, to: cast, isNullable) }
    guard let resolved = resolve(column.type, column.modifier) else { return text(column, name + "::text", isNullable) }
    if resolved.type.kind == "c" { return text(column, "to_json(\(name))::text", isNullable) }
    if resolved.type.isArray { return planArray(column, name, resolved, isNullable) }
    guard let known = known(resolved) else { return text(column, name + "::text", isNullable) }
    return ColumnPlan(
      field: Field(column.name, known.data, isNullable: isNullable), expression: name, decoding: known.decoding,
      isPlain: true)
  }

  /// The base type of a domain, through any number of them.
  func resolve(_ oid: UInt32, _ modifier: Int32) -> Resolved? {
    guard var type = types[oid] else { return nil }
    var modifier = modifier
    var dimensions = 0
    while type.kind == "d" {
      if type.baseModifier != -1 { modifier = type.baseModifier }
      dimensions = max(dimensions, type.dimensions)
      guard let base = types[type.base] else { return nil }
      type = base
    }
    return Resolved(type: type, modifier: modifier, dimensions: dimensions)
  }

  private func text(_ column: TableColumn, _ expression: String, _ isNullable: Bool) -> ColumnPlan {
    ColumnPlan(
      field: Field(column.name, .string, isNullable: isNullable), expression: expression, decoding: .text,
      isPlain: false)
  }

  /// Declared as one dimension, or not at all: a list. Rows that are something else become dead letters.
  private func planArray(
    _ column: TableColumn, _ name: String, _ array: Resolved, _ isNullable: Bool
  ) -> ColumnPlan {
    guard max(column.dimensions, array.dimensions) <= 1, let element = resolve(array.type.element, array.modifier),
      element.type.kind != "c",
      !element.type.isArray
    else { return text(column, "to_json(\(name))::text", isNullable) }
    func list(_ data: DataType, _ decoding: Decoding, _ expression: String, isPlain: Bool) -> ColumnPlan {
      ColumnPlan(
        field: Field(column.name, .list(Field("element", data)), isNullable: isNullable), expression: expression,
        decoding: .list(decoding), isPlain: isPlain)
    }
    guard let known = known(element) else { return list(.string, .text, name + "::text[]", isPlain: false) }
    return list(known.data, known.decoding, name, isPlain: true)
  }

  // MARK: - The table

  private func known(_ resolved: Resolved) -> Known? {
    typealias OID = PostgresType.OID
    switch resolved.type.oid {
    case OID.bool: return Known(data: .bool, decoding: .bool)
    case OID.int2: return Known(data: .int32, decoding: .int2)
    case OID.int4: return Known(data: .int32, decoding: .int4)
    case OID.int8: return Known(data: .int64, decoding: .int8)
    case OID.float4: return Known(data: .float32, decoding: .float4)
    case OID.float8: return Known(data: .float64, decoding: .float8)
    case OID.text, OID.varchar, OID.bpchar, OID.name, OID.json: return Known(data: .string, decoding: .text)
    case OID.jsonb: return Known(data: .string, decoding: .jsonb)
    case OID.bytea: return Known(data: .binary, decoding: .bytes)
    case OID.uuid: return Known(data: .uuid, decoding: .uuid)
    case OID.numeric, OID.date, OID.time, OID.timestamp, OID.timestamptz:
      return specialValues == .string ? nil : knownWithSpecialValues(resolved)
    default:
      let isText = resolved.type.kind == "e" || (resolved.type.name == "citext" && resolved.type.kind == "b")
      return isText ? Known(data: .string, decoding: .text) : nil
    }
  }

  private func knownWithSpecialValues(_ resolved: Resolved) -> Known? {
    typealias OID = PostgresType.OID
    switch resolved.type.oid {
    case OID.date: return Known(data: .date32, decoding: .date)
    case OID.time: return Known(data: .time64(.microsecond), decoding: .time)
    case OID.timestamp: return Known(data: .timestamp(.microsecond, timezone: nil), decoding: .timestamp)
    case OID.timestamptz: return Known(data: .timestamp(.microsecond, timezone: "UTC"), decoding: .timestamp)
    default: return Self.decimal(ofModifier: resolved.modifier).map { decimal($0.precision, $0.scale) }
    }
  }

  private func decimal(_ precision: Int, _ scale: Int) -> Known {
    Known(
      data: .decimal(precision: precision, scale: scale), decoding: .numeric(precision: precision, scale: scale))
  }

  /// The modifier of numeric(p, s) (`numerictypmodin`): p in the upper 16 bits, s in the lower 11 and signed, plus 4.
  /// Nil for what no decimal of ours holds: no bounds, p > 38, s < 0, s > p.
  static func decimal(ofModifier modifier: Int32) -> (precision: Int, scale: Int)? {
    guard modifier >= 4 else { return nil }
    let packed = modifier - 4
    let precision = Int(packed >> 16)
    let scale = Int((packed & 0x7FF) ^ 1024) - 1024
    return isDecimal(precision, scale) ? (precision, scale) : nil
  }

  private static func isDecimal(_ precision: Int, _ scale: Int) -> Bool {
    1...38 ~= precision && scale >= 0 && scale <= precision
  }
}

// MARK: - What the user asks for

extension TypeMap {
  /// The types that `cast` may name, beside text, json and numeric(p,s).
  private static let castTypes: [(names: [String], oid: UInt32)] = [
    (["boolean", "bool"], PostgresType.OID.bool), (["smallint", "int2"], PostgresType.OID.int2),
    (["integer", "int", "int4"], PostgresType.OID.int4), (["bigint", "int8"], PostgresType.OID.int8),
    (["real", "float4"], PostgresType.OID.float4), (["double precision", "float8"], PostgresType.OID.float8),
    (["date"], PostgresType.OID.date), (["time"], PostgresType.OID.time),
    (["timestamp"], PostgresType.OID.timestamp), (["timestamptz"], PostgresType.OID.timestamptz),
    (["uuid"], PostgresType.OID.uuid), (["bytea"], PostgresType.OID.bytea),
  ]

  private func planCast(
    _ column: TableColumn, _ name: String, to target: String, _ isNullable: Bool
  ) throws -> ColumnPlan {
    let wanted = target.lowercased().split(separator: " ").joined(separator: " ")
    if wanted == "text" { return text(column, name + "::text", isNullable) }
    if wanted == "json" { return text(column, "to_json(\(name))::text", isNullable) }
    let known: Known
    let expression: String
    if let (precision, scale) = Self.decimal(named: wanted) {
      let isNumeric = resolve(column.type, column.modifier)?.type.oid == PostgresType.OID.numeric
      known = decimal(precision, scale)
      expression = isNumeric ? name : name + "::pg_catalog.numeric"
    } else if let type = Self.castTypes.first(where: { $0.names.contains(wanted) }), let short = type.names.last {
      let builtIn = PostgresType(
        oid: type.oid, schema: "pg_catalog", name: short, kind: "b", isArray: false, element: 0, base: 0,
        baseModifier: -1)
      guard let found = self.known(Resolved(type: builtIn, modifier: -1)) else {
        return text(column, "\(name)::\(builtIn.sql)::text", isNullable)
      }
      known = found
      expression = "\(name)::\(builtIn.sql)"
    } else {
      let names = Self.castTypes.compactMap(\.names.first).joined(separator: ", ")
      throw PluginError(
        .invalidConfig,
        "cast: column '\(column.name)' cannot become '\(target)'; the types are text, json, numeric(p,s), \(names)")
    }
    return ColumnPlan(
      field: Field(column.name, known.data, isNullable: isNullable), expression: expression, decoding: known.decoding,
      isPlain: false)
  }

  /// `numeric(20,4)`, `decimal(20)`.
  private static func decimal(named text: String) -> (Int, Int)? {
    guard let open = text.firstIndex(of: "("), text.last == ")" else { return nil }
    let name = text[..<open].filter { $0 != " " }
    guard name == "numeric" || name == "decimal" else { return nil }
    let inside = text[text.index(after: open)...].dropLast().filter { $0 != " " }
    let parts = inside.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard let first = parts.first, let precision = first, parts.count <= 2 else { return nil }
    guard let scale = parts.count == 2 ? parts[1] : 0, isDecimal(precision, scale) else { return nil }
    return (precision, scale)
  }
}
