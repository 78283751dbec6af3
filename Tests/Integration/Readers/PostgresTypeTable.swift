/// The type table of `docs/types.md` as a table of PostgreSQL: a column per type, and what psql is asked for it.
struct PostgresTypeTable {
  /// How psql's text is turned into a value.
  enum Form: String {
    case boolean, integer, real, single, decimal, text, bytes, uuid, json
  }

  struct Column {
    let name: String
    let type: String
    let iceberg: String
    let form: Form
    let values: [String]
    /// `$` stands for the column.
    let query: String
  }

  let columns: [Column]
  /// As many as the column with most values has, and one of nulls.
  let rows: Int

  init() {
    var columns: [Column] = []
    for (type, iceberg, form, values, query) in Self.types {
      let name = "c\(columns.count)"
      columns.append(Column(name: name, type: type, iceberg: iceberg, form: form, values: values, query: query ?? "$"))
    }
    self.columns = columns
    rows = (columns.map(\.values.count).max() ?? 0) + 1
  }

  var script: String {
    let declared = columns.map { "\($0.name) \($0.type)" }.joined(separator: ",\n  ")
    let inserted = (0..<rows).map { row in
      let values = columns.map { row < $0.values.count ? $0.values[row] : "NULL" }
      return "INSERT INTO types VALUES (\(row), \(values.joined(separator: ", ")));\n"
    }
    return Self.prelude + "CREATE TABLE types (id int PRIMARY KEY,\n  \(declared));\n" + inserted.joined()
  }

  /// Fields as psql prints them, rows by `id`, without `id`.
  var query: String {
    let fields = columns.map { $0.query.replacing("$", with: $0.name) }
    return "SELECT \(fields.joined(separator: ", ")) FROM types ORDER BY id"
  }

  private static let prelude = """
    CREATE EXTENSION citext;
    CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
    CREATE TYPE pair AS (a int, b text);
    CREATE DOMAIN positive AS int CHECK (VALUE > 0);
    CREATE DOMAIN tags AS text[];

    """

  private static let micros = "(extract(epoch from $) * 1000000)::int8"
  private static let json = "to_json($)::text"

  /// Type, Iceberg type, form, values in SQL, and the query if it is not the column itself.
  private static let types: [(String, String, Form, [String], String?)] = numbers + times + texts + nested

  private static let numbers: [(String, String, Form, [String], String?)] = [
    ("bool", "boolean", .boolean, ["true", "false"], nil),
    ("int2", "int", .integer, ["-32768", "32767"], nil),
    ("int4", "int", .integer, ["-2147483648", "2147483647"], nil),
    ("int8", "long", .integer, ["-9223372036854775808", "9223372036854775807"], nil),
    ("float4", "float", .single, ["3.4028235e38", "-0.1", "'NaN'", "'-Infinity'"], nil),
    ("float8", "double", .real, ["1.7976931348623157e308", "-0.1", "'NaN'", "'Infinity'"], nil),
    ("numeric(9,2)", "decimal(9, 2)", .decimal, ["9999999.99", "-9999999.99", "0", "10000"], nil),
    ("numeric(18,6)", "decimal(18, 6)", .decimal, ["999999999999.999999", "-0.000001"], nil),
    ("numeric(38,10)", "decimal(38, 10)", .decimal, ["-9999999999999999999999999999.9999999999", "0.0000000001"], nil),
    ("numeric(5,5)", "decimal(5, 5)", .decimal, ["0.99999", "-0.00001"], nil),
    ("numeric(38)", "decimal(38, 0)", .decimal, ["99999999999999999999999999999999999999"], nil),
    ("numeric", "string", .text, ["123456789012345678901234567890123456789012.50", "'NaN'", "1e-20"], nil),
    ("numeric(40,2)", "string", .text, ["12345678901234567890123456789012345678.99"], nil),
    ("numeric(5,-2)", "string", .text, ["1234567"], nil), ("numeric(3,5)", "string", .text, ["0.00123"], nil),
    ("positive", "int", .integer, ["7"], nil), ("money", "string", .text, ["-12.34"], nil),
  ]

  private static let times: [(String, String, Form, [String], String?)] = [
    ("date", "date", .integer, ["'1969-12-31'", "'4713-01-01 BC'", "'5874897-12-31'"], "$ - date '1970-01-01'"),
    ("time", "time", .integer, ["'00:00'", "'23:59:59.999999'"], micros),
    ("timestamp", "timestamp", .integer, ["'1969-12-31 23:59:59.999999'", "'4713-01-01 BC'", "'9999-12-31'"], micros),
    ("timestamptz", "timestamptz", .integer, ["'1900-01-01 00:00+05:30'", "'0044-03-15 12:00:00Z BC'"], micros),
    ("interval", "string", .text, ["'1 year -2 mons +3 days 04:05:06.7'", "'-1 day'"], "$::text"),
    ("timetz", "string", .text, ["'12:34:56.789-08'"], nil),
    ("int4range", "string", .text, ["'[1,5)'", "'empty'"], nil),
    ("tstzrange", "string", .text, ["'[2024-01-01 00:00Z,)'"], nil),
  ]

  private static let texts: [(String, String, Form, [String], String?)] = [
    ("text", "string", .json, ["''", "E'é漢😀\\n\\t\"\\\\'", "repeat('long ', 50000)"], json),
    ("varchar(10)", "string", .text, ["'varying'"], nil), ("char(6)", "string", .json, ["'pad'"], json),
    ("name", "string", .text, ["'a_name'"], nil), ("mood", "string", .text, ["'happy'", "'sad'"], nil),
    ("citext", "string", .text, ["'MiXed'"], nil),
    ("uuid", "uuid", .uuid, ["'00000000-0000-0000-0000-000000000001'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"], nil),
    ("bytea", "binary", .bytes, ["''", "'\\x00ff10'"], "encode($, 'hex')"),
    ("json", "string", .text, ["'{\"a\": [1,  null]}'", "'null'"], nil),
    ("jsonb", "string", .text, ["'{\"b\": 1, \"a\": 1.50}'"], nil),
    ("xml", "string", .text, ["'<a b=\"c\">d</a>'"], nil),
    ("inet", "string", .text, ["'10.1.2.3/8'", "'::1'"], "$::text"),
    ("cidr", "string", .text, ["'10.0.0.0/8'"], nil), ("macaddr", "string", .text, ["'08:00:2b:01:02:03'"], nil),
    ("bit(3)", "string", .text, ["B'101'"], nil), ("varbit", "string", .text, ["B'1'"], nil),
    ("point", "string", .text, ["'(1.5,-2)'"], nil), ("polygon", "string", .text, ["'((0,0),(1,1),(1,0))'"], nil),
    ("tsvector", "string", .text, ["'a:1 cat:2'"], nil), ("pair", "string", .text, ["ROW(1, 'x')"], json),
    ("aclitem", "string", .text, ["'=r/postgres'"], nil), ("pg_lsn", "string", .text, ["'16/B374D848'"], nil),
  ]

  private static let nested: [(String, String, Form, [String], String?)] = [
    ("int4[]", "list<int>", .json, ["'{1,NULL,-3}'", "'{}'"], json),
    ("text[]", "list<string>", .json, ["ARRAY['a', NULL, '', 'q\"uote']"], json),
    ("float8[]", "list<double>", .json, ["'{1.5,NULL}'"], json),
    ("bool[]", "list<boolean>", .json, ["'{t,f,NULL}'"], json),
    ("uuid[]", "list<uuid>", .json, ["'{00000000-0000-0000-0000-000000000001,NULL}'"], json),
    ("mood[]", "list<string>", .json, ["'{sad,happy}'"], json), ("tags", "list<string>", .json, ["'{x,y}'"], json),
    ("int4[][]", "string", .text, ["'{{1,2},{3,4}}'"], json),
    ("pair[]", "string", .text, ["ARRAY[ROW(1, 'x')::pair]"], json),
  ]
}
