extension HostileCases {
  /// Pipeline files that have to be refused, or that a source, a plugin or the columns refuse.
  static let pipelines2: [HostileCase] = [
    HostileCase(
      "a reserved key", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        schedule: {cron: "* * * * *"}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:5:1: 'schedule' is reserved, not yet supported"
      ]),
    HostileCase(
      "an aggregate in a query per batch", ["plan", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        transforms:
          - plugin: sql
            config: {query: "SELECT sum(amount) AS s FROM input"}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:7:29: a query over batches aggregates (sum), so its answer would depend on where batches end, ask it of the finished table with 'headrace lake sql'"
      ]),
    HostileCase(
      "an order in a query per batch", ["plan", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        transforms:
          - plugin: sql
            config: {query: "SELECT * FROM input ORDER BY id"}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:7:42: a query over batches orders its rows (ORDER BY), so its answer would depend on where batches end, ask it of the finished table with 'headrace lake sql'"
      ]),
    HostileCase(
      "a limit in a query per batch", ["plan", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        transforms:
          - plugin: sql
            config: {query: "SELECT * FROM input LIMIT 3"}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:7:42: a query over batches limits its rows (LIMIT), so its answer would depend on where batches end, ask it of the finished table with 'headrace lake sql'"
      ]),
    HostileCase(
      "a distinct in a query per batch", ["plan", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        transforms:
          - plugin: sql
            config: {query: "SELECT DISTINCT name FROM input"}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:7:29: a query over batches removes duplicates (DISTINCT), so its answer would depend on where batches end, ask it of the finished table with 'headrace lake sql'"
      ]),
    HostileCase(
      "a window in a query per batch", ["plan", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        transforms:
          - plugin: sql
            config: {query: "SELECT *, row_number() OVER () AS n FROM input"}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:7:45: a query over batches uses a window (OVER), so its answer would depend on where batches end, ask it of the finished table with 'headrace lake sql'"
      ]),
    HostileCase(
      "a plugin that is not installed", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: fiel, config: {path: data.csv}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:3:18: there is no plugin 'fiel', did you mean 'file'?"
      ]),
    HostileCase(
      "a plugin of another kind", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: map, config: {}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:3:18: the plugin 'map' is no source; it is: transform"
      ]),
    HostileCase(
      "a detector as a transform", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        transforms: [{plugin: threshold, config: {columns: {amount: {min: 1}}}}]

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:5:23: the plugin 'threshold' is no transform; it is: detector"
      ]),
    HostileCase(
      "a configuration with a key too many", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source:
          plugin: file
          config:
            path: data.csv
            fromat: csv
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:7:5: unknown key 'fromat', did you mean 'format'?"
      ]),
    HostileCase(
      "a configuration of the wrong type", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source:
          plugin: file
          config:
            path: data.csv
            max_record_bytes: many
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:7:23: max_record_bytes: expected a whole number, found text"
      ]),
    HostileCase(
      "a configuration without what it needs", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source:
          plugin: file
          config: {format: csv}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:5:11: missing 'path'"
      ]),
    HostileCase(
      "a column that map does not find", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        transforms: [{plugin: map, config: {rename: {nmae: x}}}]

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:5:23: plugin 'map': bind: there is no column 'nmae'; the columns are 'id', 'name', 'amount', 'at'"
      ]),
    HostileCase(
      "a cast that map does not know", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        transforms: [{plugin: map, config: {cast: {name: nubmer}}}]

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:5:23: plugin 'map': create: cast.name: 'nubmer' is not a type; the types are boolean, int, long, float, double, decimal(p,s), string, date, time, timestamp, timestamptz, uuid"
      ]),
    HostileCase(
      "a filter that map cannot read", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        transforms: [{plugin: map, config: {filter: "amount >"}}]

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:5:23: plugin 'map': create: filter, character 9: a number, a 'text', true or false was expected, and this is the end"
      ]),
    HostileCase(
      "a column that the query does not find", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        transforms: [{plugin: sql, config: {query: "SELECT nmae FROM input"}}]

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:5:23: plugin 'sql': bind: query: Binder Error: Referenced column \"nmae\" not found in FROM clause! "
          + "Candidate bindings: \"name\""
      ]),
    HostileCase(
      "a query that is no SQL", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        transforms: [{plugin: sql, config: {query: "SELEC 1"}}]

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:5:45: a transform's query has to be a SELECT, found 'SELEC'"
      ]),
    HostileCase(
      "two statements in a query", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        transforms: [{plugin: sql, config: {query: "SELECT 1; DROP TABLE input"}}]

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:5:53: a transform's query is one statement"
      ]),
  ]
}
