import Testing

import TestSupport

/// Every type of the table in the plugin's README, against psql.
@Suite struct PostgresTypesTests {
  /// A column: its type, its values in SQL, the Arrow format that it must have, and what psql is asked for: the column
  /// as text, unless named with `$` for the column.
  private struct Case {
    var type: String
    var format: String
    var values: [String]
    var expected = "$::text"
  }

  private static let asList = "'{' || array_to_string($, ',', '\\N') || '}'"

  private static let scalars = [
    Case(type: "bool", format: "b", values: ["true", "false"], expected: "$"),
    Case(type: "int2", format: "i", values: ["-32768", "32767", "0"]),
    Case(type: "int4", format: "i", values: ["-2147483648", "2147483647"]),
    Case(type: "int8", format: "l", values: ["-9223372036854775808", "9223372036854775807"]),
    Case(type: "float4", format: "f", values: ["1.5", "'NaN'", "'-Infinity'", "3.4028235e+38", "0.1"]),
    Case(type: "float8", format: "g", values: ["-0.25", "'NaN'", "'Infinity'", "1.7976931348623157e+308", "0.1"]),
    Case(type: "numeric(12,2)", format: "d:12,2", values: ["0", "-0.01", "9999999999.99", "1", "100", "10000.5"]),
    Case(
      type: "numeric(38,10)", format: "d:38,10",
      values: ["1234567890123456789012345678.0123456789", "-9999999999999999999999999999.9999999999", "0.0000000001"]),
    Case(
      type: "numeric(38,0)", format: "d:38,0",
      values: ["99999999999999999999999999999999999999", "-1", "10000000000000000000000000000000000000"]),
    Case(type: "numeric(5,5)", format: "d:5,5", values: ["0.00001", "-0.99999", "0.1"]),
    Case(type: "numeric(18,6)", format: "d:18,6", values: ["123456789012.123456", "0.000001", "-1000000"]),
    Case(
      type: "numeric", format: "u",
      values: ["'NaN'", "'Infinity'", "1e-20", "123456789012345678901234567890123456789012.50"]),
    Case(type: "numeric(10,-2)", format: "u", values: ["12345"]),
    Case(type: "numeric(3,5)", format: "u", values: ["0.00123"]),
    Case(type: "numeric(40,2)", format: "u", values: ["12345678901234567890123456789012345678.99"]),
    Case(
      type: "date", format: "tdD",
      values: ["'2024-02-29'", "'0044-03-15 BC'", "'5874897-12-31'", "'4713-01-01 BC'", "'1969-12-31'"]),
    Case(type: "time", format: "ttu", values: ["'00:00'", "'23:59:59.999999'", "'12:34:56.7'"]),
    Case(
      type: "timestamp", format: "tsu:",
      values: [
        "'1970-01-01'", "'294247-01-10 04:00:54.775807'", "'4713-11-24 00:00:00 BC'", "'1969-12-31 23:59:59.999999'",
        "'2000-01-01 00:00:00.000001'", "'0001-12-31 23:00 BC'",
      ]),
    Case(
      type: "timestamptz", format: "tsu:UTC",
      values: ["'2024-06-01 12:00:00+05:30'", "'294247-01-10 04:00:54.775807+00'", "'0044-03-15 12:00+00 BC'"]),
    Case(type: "text", format: "u", values: ["''", "'äöü 🚀'", "'\\N not null'", "repeat('x', 5000)"]),
    Case(type: "varchar(10)", format: "u", values: ["'ten chars!'"]),
    Case(type: "char(5)", format: "u", values: ["'ab'"], expected: "$"),
    Case(type: "name", format: "u", values: ["'a name'"]),
    Case(type: "\"char\"", format: "u", values: ["'x'"]),
    Case(type: "mood", format: "u", values: ["'sad'", "'very happy'"]),
    Case(type: "citext", format: "u", values: ["'MiXed'"]),
    Case(type: "uuid", format: "w:16", values: ["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"]),
    Case(type: "bytea", format: "z", values: ["''", "'\\x00ff10'"]),
    Case(type: "json", format: "u", values: ["'{\"b\":  1, \"a\": [null]}'"]),
    Case(type: "jsonb", format: "u", values: ["'{\"b\":  1, \"a\": [null]}'"]),
    Case(type: "xml", format: "u", values: ["'<a>b</a>'"]),
    Case(type: "inet", format: "u", values: ["'10.0.0.1'", "'::1/64'"]),
    Case(type: "cidr", format: "u", values: ["'10.0.0.0/8'"]),
    Case(type: "macaddr", format: "u", values: ["'08:00:2b:01:02:03'"]),
    Case(type: "interval", format: "u", values: ["'1 year 2 days 03:04:05.6'", "'-1 hour'"]),
    Case(type: "timetz", format: "u", values: ["'12:00+02'", "'24:00:00+00'"]),
    Case(type: "money", format: "u", values: ["12.34"]),
    Case(type: "int4range", format: "u", values: ["'[1,5)'", "'empty'"]),
    Case(type: "tstzrange", format: "u", values: ["'[2024-01-01 00:00+00,)'"]),
    Case(type: "int4multirange", format: "u", values: ["'{[1,2),[5,9)}'"]),
    Case(type: "bit(3)", format: "u", values: ["B'101'"]),
    Case(type: "varbit", format: "u", values: ["B'1'"]),
    Case(type: "point", format: "u", values: ["'(1,2.5)'"]),
    Case(type: "polygon", format: "u", values: ["'((0,0),(1,1))'"]),
    Case(type: "tsvector", format: "u", values: ["'a fat cat'"]),
    Case(type: "pg_lsn", format: "u", values: ["'16/B374D848'"]),
    Case(type: "aclitem", format: "u", values: ["'=r/postgres'"]),
    Case(type: "oid", format: "u", values: ["42"]),
    Case(type: "int2vector", format: "u", values: ["'1 2 3'"]),
    Case(type: "hstore", format: "u", values: ["'a=>1'"]),
  ]

  private static let made = [
    Case(type: "price", format: "d:10,2", values: ["12.34", "-0.01"]),
    Case(type: "label", format: "u", values: ["'twice removed'"]),
    Case(type: "numbers", format: "+l<i>", values: ["'{1,2}'"], expected: asList),
    Case(type: "matrix", format: "u", values: ["'{{1,2},{3,4}}'"], expected: "to_json($)::text"),
    Case(type: "square", format: "u", values: ["'{{1}}'", "'{2}'"], expected: "to_json($)::text"),
    Case(type: "pair", format: "u", values: ["ROW(1, 'a \"b\"')", "ROW(NULL, NULL)"], expected: "to_json($)::text"),
    Case(type: "int4[]", format: "+l<i>", values: ["'{1,NULL,3}'", "'{}'"], expected: asList),
    Case(type: "text[]", format: "+l<u>", values: ["'{a,\"b c\",NULL,\"\"}'"], expected: asList),
    Case(type: "bool[]", format: "+l<b>", values: ["'{t,f,NULL}'"], expected: asList),
    Case(type: "numeric(8,2)[]", format: "+l<d:8,2>", values: ["'{1.50,-0.01}'"], expected: asList),
    Case(type: "numeric[]", format: "+l<u>", values: ["'{1.5,NaN}'"], expected: asList),
    Case(type: "uuid[]", format: "+l<w:16>", values: ["'{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'"], expected: asList),
    Case(type: "date[]", format: "+l<tdD>", values: ["'{2024-01-01,0044-03-15 BC}'"], expected: asList),
    Case(type: "timestamptz[]", format: "+l<tsu:UTC>", values: ["'{2024-01-01 00:00+00}'"], expected: asList),
    Case(type: "jsonb[]", format: "+l<u>", values: ["ARRAY['{\"a\": 1}'::jsonb]"], expected: asList),
    Case(type: "interval[]", format: "+l<u>", values: ["'{1 day,NULL}'"], expected: asList),
    Case(type: "mood[]", format: "+l<u>", values: ["'{sad}'"], expected: asList),
    Case(type: "price[]", format: "+l<d:10,2>", values: ["'{1.5}'"], expected: asList),
    Case(type: "int4[][]", format: "u", values: ["'{{1,2},{3,4}}'"], expected: "to_json($)::text"),
    Case(type: "pair[]", format: "u", values: ["ARRAY[ROW(1, 'a')::pair]"], expected: "to_json($)::text"),
  ]

  private static let setUp = """
    CREATE EXTENSION citext; CREATE EXTENSION hstore;
    CREATE TYPE mood AS ENUM ('sad', 'very happy'); CREATE TYPE pair AS (a int, b text);
    CREATE DOMAIN price AS numeric(10,2); CREATE DOMAIN short AS text; CREATE DOMAIN label AS short;
    CREATE DOMAIN numbers AS int[]; CREATE DOMAIN matrix AS int[][]; CREATE DOMAIN square AS matrix;
    """

  @Test func everyTypeReadArrivesAsPsqlShowsIt() throws {
    let cases = Self.scalars + Self.made
    let columns = cases.enumerated().map { "c\($0) \($1.type)" }.joined(separator: ", ")
    let rows = (0..<7).map { row in
      let values = cases.map { $0.values.indices.contains(row - 1) ? $0.values[row - 1] : "NULL" }
      return "(\(row), " + values.joined(separator: ", ") + ")"
    }
    let script =
      Self.setUp + "CREATE TABLE t (id int PRIMARY KEY, \(columns)); INSERT INTO t VALUES "
      + rows.joined(separator: ", ") + ";"
    let server = try PostgresFixture.database("types", script)
    let driver = try PostgresFixture.driver(server.dsn("types"))

    let stream = try #require(try driver.discover(["public.t"]).first)
    for (index, expected) in cases.enumerated() {
      #expect(stream.columns[index + 1].format == expected.format, "\(expected.type)")
    }
    let read = try PostgresFixture.readAll(driver, "public.t")
    #expect(read.rejects.isEmpty)
    let expressions = cases.enumerated().map { $1.expected.replacingOccurrences(of: "$", with: "c\($0)") }
    let psql = try server.rows("SELECT id, \(expressions.joined(separator: ", ")) FROM t ORDER BY id", in: "types")
    #expect(read.rows.count == 7)
    for (row, expected) in zip(read.rows, psql) {
      for (index, one) in cases.enumerated() {
        #expect(row[index + 1] == expected[index + 1], "\(one.type) in row \(row[0])")
      }
    }
  }

  private static let special = """
    CREATE TABLE s (id int PRIMARY KEY, n numeric(6,2), d date, t time, ts timestamp, tz timestamptz, l date[]);
    INSERT INTO s VALUES (1, 'NaN'), (2, 1.5), (7, 2);
    INSERT INTO s (id, d) VALUES (3, 'infinity'), (4, '-infinity');
    INSERT INTO s (id, t) VALUES (5, '24:00:00');
    INSERT INTO s (id, ts) VALUES (6, '294247-01-10 04:00:54.775808'), (8, 'infinity'), (9, '294276-12-31 23:59:59');
    INSERT INTO s (id, tz) VALUES (10, '-infinity'), (11, '294276-12-31 23:59:59+00');
    INSERT INTO s (id, l) VALUES (12, '{2024-01-01,infinity}'), (13, '{2024-01-02}');
    """

  @Test func specialValuesBecomeDeadLettersWithTheirPlace() throws {
    let server = try PostgresFixture.database("special_error", Self.special)
    let read = try PostgresFixture.readAll(try PostgresFixture.driver(server.dsn("special_error")), "public.s")
    #expect(read.rows.map { $0[0] } == ["2", "7", "13"])
    #expect(read.rows.last?.last == "{2024-01-02}")
    #expect(read.rejects.count == 10)
    let place = try #require(read.rejects.first { $0.place.contains("key=5 ") })
    #expect(place.place == "public.s key=5 column t")
    #expect(place.reason.hasPrefix("column 't': 24:00:00 is not a time of day"))
    #expect(!place.record.isEmpty)
  }

  @Test func specialValuesAsNullsKeepTheirRows() throws {
    let server = try PostgresFixture.database("special_null", Self.special)
    let driver = try PostgresFixture.driver(server.dsn("special_null"), "\"special_values\": \"null\"")
    let read = try PostgresFixture.readAll(driver, "public.s")
    #expect(read.rejects.isEmpty && read.rows.count == 13)
    let psql = try server.rows(
      """
      SELECT id, nullif(n, 'NaN'), CASE WHEN isfinite(d) THEN d END, nullif(t, '24:00'),
        CASE WHEN isfinite(ts) AND ts <= '294247-01-10 04:00:54.775807' THEN ts END,
        CASE WHEN isfinite(tz) AND tz <= '294247-01-10 04:00:54.775807+00' THEN tz END,
        '{' || array_to_string(array_replace(l, 'infinity', NULL), ',', '\\N') || '}' FROM s ORDER BY id
      """, in: "special_null")
    #expect(read.rows == psql)
  }

  @Test func specialValuesAsStringsAreText() throws {
    let server = try PostgresFixture.database("special_string", Self.special)
    let driver = try PostgresFixture.driver(server.dsn("special_string"), "\"special_values\": \"string\"")
    let formats = try driver.discover(["public.s"]).first?.columns.map(\.format)
    #expect(formats == ["i", "u", "u", "u", "u", "u", "+l<u>"])
    let read = try PostgresFixture.readAll(driver, "public.s")
    #expect(read.rejects.isEmpty)
    let list = "'{' || array_to_string(l, ',', '\\N') || '}'"
    #expect(
      read.rows == (try server.rows("SELECT id, n, d, t, ts, tz, \(list) FROM s ORDER BY id", in: "special_string")))
  }

  @Test func arraysThatAreNoListsBecomeDeadLetters() throws {
    let script = """
      CREATE TABLE a (id int PRIMARY KEY, l int[]);
      INSERT INTO a VALUES (1, '{1}'), (2, '{{1,2},{3,4}}'), (3, '[0:1]={5,6}'), (4, '{7,8}');
      """
    let server = try PostgresFixture.database("odd_arrays", script)
    let read = try PostgresFixture.readAll(try PostgresFixture.driver(server.dsn("odd_arrays")), "public.a")
    #expect(read.rows == [["1", "{1}"], ["4", "{7,8}"]])
    #expect(read.rejects.map(\.place) == ["public.a key=2 column l", "public.a key=3 column l"])
    let asJSON = try PostgresFixture.driver(server.dsn("odd_arrays"), "\"cast\": {\"public.a.l\": \"json\"}")
    let all = try PostgresFixture.readAll(asJSON, "public.a")
    #expect(all.rejects.isEmpty && all.rows.map { $0[1] } == ["[1]", "[[1,2],[3,4]]", "[5,6]", "[7,8]"])
  }

  @Test func castsTurnUnboundedNumericsIntoDecimals() throws {
    let script = """
      CREATE TABLE n (id int PRIMARY KEY, v numeric, w text, x text);
      INSERT INTO n VALUES (1, 1.005, '7', '1.5'), (2, -2.5555, '8', '-2'), (3, 123456789.1, '9', NULL), (4, 99999.994, NULL, '0.004'),
        (5, 99999.995, '1', '1'), (6, 1e-30, '1', '1'), (7, 1e30, '1', '1'), (8, 0.005, '1', '1');
      """
    let server = try PostgresFixture.database("casts", script)
    let casts =
      "\"cast\": {\"public.n.v\": \"numeric(7,2)\", \"public.n.w\": \"bigint\", \"public.n.x\": \"decimal(5, 2)\"}"
    let driver = try PostgresFixture.driver(server.dsn("casts"), casts)
    #expect(try driver.discover(["public.n"]).first?.columns.map(\.format) == ["i", "d:7,2", "l", "d:5,2"])
    let read = try PostgresFixture.readAll(driver, "public.n")
    let psql = try server.rows(
      "SELECT id, v::numeric(7,2), w::bigint, x::numeric(5,2) FROM n WHERE id NOT IN (3, 5, 7) ORDER BY id", in: "casts"
    )
    #expect(read.rows == psql)
    #expect(read.rejects.map(\.place) == [3, 5, 7].map { "public.n key=\($0) column v" })
  }

  @Test(arguments: ["numeric(39,2)", "hstore", "numeric(3,4)"])
  func castsThatCannotBeAreRefused(type: String) throws {
    let server = try PostgresFixture.server()
    let name = "bad_cast_\(abs(type.hashValue))"
    try server.database(name, "CREATE TABLE n (id int PRIMARY KEY, v numeric)")
    let driver = try PostgresFixture.driver(server.dsn(name), "\"cast\": {\"public.n.v\": \"\(type)\"}")
    let failure = PostgresFixture.failure { _ = try driver.discover(["public.n"]) }
    #expect(failure?.status == 11)
    #expect(failure?.message.contains("column 'v' cannot become '\(type)'") == true)
  }
}
