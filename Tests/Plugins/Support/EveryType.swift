/// Rows of every type that a table can hold, with NULL, NaN and zeros of both signs; the same on every run.
enum EveryType {
  /// Made by DuckDB, here through the plugin and in the oracle through its Python package.
  static func sql(rows: Int) -> String {
    """
    WITH r AS (SELECT i, (hash(i) % 1000000007)::BIGINT AS h FROM range(\(rows)) t(i))
    SELECT if(h % 7 = 0, NULL, h % 2 = 0) AS b, if(h % 7 = 1, NULL, (h % 2000 - 1000)::INTEGER) AS i,
      if(h % 7 = 2, NULL, h * 1000 - 5) AS l,
      if(h % 7 = 3, NULL, if(h % 11 = 0, 'nan'::FLOAT, (h % 100)::FLOAT - 50)) AS f,
      if(h % 11 = 3, 'nan'::DOUBLE, if(h % 11 = 4, -0.0::DOUBLE, h / 7.0::DOUBLE - 100)) AS d,
      (((h % 1999) - 999) / 10)::DECIMAL(4, 1) AS d4, ((h % 199999) - 99999)::DECIMAL(9, 2) AS d9,
      (h * 1000 - 77)::DECIMAL(18, 4) AS d18, if(h % 7 = 4, NULL, -h::DECIMAL(38, 10) * 1000000) AS d38,
      if(h % 7 = 5, NULL, ['', 'a', 'é', repeat('long', 9), '😀'][h % 5 + 1] || h % 97) AS s,
      encode('bytes' || h) AS bin, DATE '1960-01-01' + (h % 40000)::INTEGER AS dt,
      TIME '00:00:00' + to_microseconds(h * 7 % 86399999999) AS t,
      TIMESTAMP '1960-01-01' + to_microseconds(h * 1234567) AS ts,
      (TIMESTAMP '1960-01-01' + to_microseconds(h * 7654321))::TIMESTAMPTZ AS tz, md5(h::VARCHAR)::UUID AS u,
      if(h % 7 = 6, NULL, list_transform(range(h % 4), lambda x: if(x = 1, NULL, (x + h)::DOUBLE))) AS ls,
      if(h % 5 = 0, NULL, {'x': (h % 100)::INTEGER, 'y': 's' || h % 9, 'z': {'zz': h % 3 = 0}}) AS st,
      if(h % 5 = 1, NULL, MAP {'k' || h % 3: h, 'n': NULL}) AS m, [{'q': h, 'll': ['a', NULL, 'b' || h % 3]}] AS lst
    FROM r
    """
  }

  /// Arguments: a Parquet file, a query. The file holds what the query gives.
  static let sameRows = """
    import sys, duckdb, pyarrow.parquet as pq, uuid
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    expected = connection.execute(sys.argv[2]).to_arrow_table()
    actual = pq.read_table(sys.argv[1])

    def plain(value):
        if isinstance(value, float): return repr(value)
        if isinstance(value, uuid.UUID): return str(value)  # as DuckDB exports it
        if isinstance(value, (list, tuple)): return [plain(one) for one in value]
        if isinstance(value, dict): return {key: plain(one) for key, one in value.items()}
        return value

    assert actual.column_names == expected.column_names, actual.column_names
    assert actual.num_rows == expected.num_rows, actual.num_rows
    for name in expected.column_names:
        pairs = list(zip([plain(v) for v in actual[name].to_pylist()], [plain(v) for v in expected[name].to_pylist()]))
        wrong = [pair for pair in pairs if pair[0] != pair[1]]
        assert not wrong, (name, wrong[:3])
    print(actual.num_rows)
    """
}
