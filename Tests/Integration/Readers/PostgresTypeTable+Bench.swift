extension PostgresTypeTable {
  /// The four tables of pgbench, as its `-i` makes them on the server's side, with some transactions' worth of history.
  static func pgbench(scale: Int) -> String {
    """
    CREATE TABLE pgbench_branches (bid int NOT NULL, bbalance int, filler char(88));
    CREATE TABLE pgbench_tellers (tid int NOT NULL, bid int, tbalance int, filler char(84));
    CREATE TABLE pgbench_accounts (aid int NOT NULL, bid int, abalance int, filler char(84));
    CREATE TABLE pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
    INSERT INTO pgbench_branches SELECT i, i * 10 FROM generate_series(1, \(scale)) i;
    INSERT INTO pgbench_tellers SELECT i, (i - 1) / 10 + 1, -i FROM generate_series(1, \(scale) * 10) i;
    INSERT INTO pgbench_accounts SELECT i, (i - 1) / 100000 + 1, i % 977 - 400, ''
      FROM generate_series(1, \(scale) * 100000) i;
    INSERT INTO pgbench_history
      SELECT i % 10 + 1, 1, i, i * 3 - 1000, timestamp '2024-02-29 12:00' + i * interval '1.5 s'
      FROM generate_series(1, 1000) i;
    ALTER TABLE pgbench_branches ADD PRIMARY KEY (bid);
    ALTER TABLE pgbench_tellers ADD PRIMARY KEY (tid);
    ALTER TABLE pgbench_accounts ADD PRIMARY KEY (aid);
    ANALYZE;
    """
  }

  /// Checks that PostgreSQL and DuckDB spell alike; the first is the number of rows.
  static let pgbenchSums: [(table: String, sums: [String])] = [
    ("branches", ["count(*)", "sum(bid)", "sum(bbalance)", "count(filler)"]),
    ("tellers", ["count(*)", "count(DISTINCT tid)", "sum(tbalance)", "sum(bid * 7 + tid)"]),
    ("accounts", ["count(*)", "count(DISTINCT aid)", "sum(abalance)", "sum(aid % 1009 * (abalance + 1000))"]),
    ("history", ["count(*)", "sum(delta)", "count(DISTINCT mtime)", "sum(aid * 31 + tid)"]),
  ]
}
