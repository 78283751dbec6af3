extension HostileFiles {
  static let queries: [HostileFile] = [
    HostileFile(
      "query with GROUP BY",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      transforms:
        - plugin: sql
          config:
            query: SELECT a, 1 FROM input GROUP BY a

      """,
      [
        "p.yaml:8:37: a query over batches aggregates (GROUP BY), so its answer would depend on "
          + "where batches end, ask it of the finished table with 'headrace lake sql'"
      ]),
    HostileFile(
      "query with an aggregate in quotes",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      transforms:
        - plugin: sql
          config:
            query: "SELECT count(*) FROM input"

      """,
      [
        "p.yaml:8:22: a query over batches aggregates (count), so its answer would depend on where "
          + "batches end, ask it of the finished table with 'headrace lake sql'"
      ]),
    HostileFile(
      "query with an aggregate in a block",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      transforms:
        - plugin: sql
          config:
            query: |
              SELECT a,
                     sum(b)
              FROM input

      """,
      [
        "p.yaml:10:16: a query over batches aggregates (sum), so its answer would depend on where "
          + "batches end, ask it of the finished table with 'headrace lake sql'"
      ]),
    HostileFile(
      "query with ORDER BY folded",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      transforms:
        - plugin: sql
          config:
            query: >
              SELECT a
              FROM input
              ORDER BY a

      """,
      [
        "p.yaml:11:9: a query over batches orders its rows (ORDER BY), so its answer would depend on "
          + "where batches end, ask it of the finished table with 'headrace lake sql'"
      ]),
    HostileFile(
      "query with LIMIT",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      transforms:
        - plugin: sql
          config:
            query: SELECT * FROM input LIMIT 10

      """,
      [
        "p.yaml:8:34: a query over batches limits its rows (LIMIT), so its answer would depend on "
          + "where batches end, ask it of the finished table with 'headrace lake sql'"
      ]),
    HostileFile(
      "query with DISTINCT",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      transforms:
        - plugin: sql
          config:
            query: SELECT DISTINCT a FROM input

      """,
      [
        "p.yaml:8:21: a query over batches removes duplicates (DISTINCT), so its answer would depend "
          + "on where batches end, ask it of the finished table with 'headrace lake sql'"
      ]),
    HostileFile(
      "query with a window",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      transforms:
        - plugin: sql
          config:
            query: SELECT row_number() OVER () FROM input

      """,
      [
        "p.yaml:8:34: a query over batches uses a window (OVER), so its answer would depend on where "
          + "batches end, ask it of the finished table with 'headrace lake sql'"
      ]),
    HostileFile(
      "query with UNION",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      transforms:
        - plugin: sql
          config:
            query: 'SELECT ''é'' FROM input UNION SELECT b FROM input'

      """,
      [
        "p.yaml:8:39: a query over batches removes duplicates (UNION), so its answer would depend on "
          + "where batches end, use UNION ALL"
      ]),
    HostileFile(
      "query that deletes",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      transforms:
        - plugin: sql
          config:
            query: DELETE FROM input

      """,
      [
        "p.yaml:8:14: a transform's query has to be a SELECT, found 'DELETE'"
      ]),
    HostileFile(
      "query of two statements",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      transforms:
        - plugin: sql
          config:
            query: SELECT 1; SELECT 2

      """,
      [
        "p.yaml:8:22: a transform's query is one statement"
      ]),
    HostileFile(
      "query with an unclosed text",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      transforms:
        - plugin: sql
          config:
            query: "SELECT 'a FROM input"

      """,
      [
        "p.yaml:8:22: the query has an unclosed text"
      ]),
    HostileFile(
      "query that is empty",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      transforms:
        - plugin: sql
          config:
            query: ""

      """,
      [
        "p.yaml:8:15: the query is empty, write for example SELECT * FROM input"
      ]),
  ]
}
