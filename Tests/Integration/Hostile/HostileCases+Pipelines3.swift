extension HostileCases {
  /// Pipeline files that have to be refused, or that a source, a plugin or the columns refuse.
  static let pipelines3: [HostileCase] = [
    HostileCase(
      "a query that writes a file", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        transforms: [{plugin: sql, config: {query: "COPY input TO 'out.csv'"}}]

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:5:45: a transform's query has to be a SELECT, found 'COPY'"
      ]),
    HostileCase(
      "a query that reads a file", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        transforms: [{plugin: sql, config: {query: "SELECT * FROM read_csv('/etc/passwd')"}}]

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:5:23: plugin 'sql': bind: query: Permission Error: Cannot access file \"/etc/passwd\" - file system operations are disabled by configuration"
      ]),
    HostileCase(
      "a column that threshold does not find", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        detectors: [{plugin: threshold, config: {columns: {amuont: {min: 0}}}}]

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:5:22: plugin 'threshold': bind: there is no column 'amuont'; the columns are 'id', 'name', 'amount', 'at'"
      ]),
    HostileCase(
      "bounds the wrong way round", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        detectors: [{plugin: threshold, config: {columns: {amount: {min: 5, max: 1}}}}]

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:5:22: plugin 'threshold': bind: column 'amount': 'min' is greater than 'max'"
      ]),
    HostileCase(
      "a column that statistical does not find", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        detectors: [{plugin: statistical, config: {columns: [amuont]}}]

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:5:22: plugin 'statistical': bind: there is no column 'amuont'; the columns are 'id', 'name', 'amount', 'at'"
      ]),
    HostileCase(
      "a partition by a column that is not there", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}, streams: [{name: data, partition: ["day(att)"]}]}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:3:85: there is no column 'att' to partition by"
      ]),
    HostileCase(
      "a partition transform that is not there", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}, streams: [{name: data, partition: ["week(at)"]}]}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:3:85: unknown partition transform 'week', known are bucket, day, hour, identity, month, truncate, void and year"
      ]),
    HostileCase(
      "a partition of the wrong type", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}, streams: [{name: data, partition: ["day(name)"]}]}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:3:85: the column 'name' of type string has no day"
      ]),
    HostileCase(
      "a full read that appends", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}, streams: [{name: data, read: full, write: append}]}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:3:79: 'read: full' with 'write: append' adds every row again at every run, use 'write: replace', or say 'allow_duplicates: true'"
      ]),
    HostileCase(
      "two streams in one table", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}, streams: [{name: data, table: a.b}, {name: other, table: a.b}]}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:3:107: the table 'a.b' is already that of the stream 'data'"
      ]),
    HostileCase(
      "an incremental read", ["plan", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}, streams: [{name: data, read: incremental, cursor: {column: at}}]}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:3:79: 'incremental' is reserved, not yet supported"
      ]),
    HostileCase(
      "an upsert", ["plan", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}, streams: [{name: data, key: [id], write: upsert}]}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:3:91: 'upsert' is reserved, not yet supported"
      ]),
    HostileCase(
      "a stream that the source lacks", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}, streams: [{name: orders}]}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 1,
      errors: [
        "p.yaml:3:18: plugin 'file': discover: there is no stream 'orders'; the files are the stream 'data'"
      ]),
    HostileCase(
      "a duration without a unit", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, commit: {every: 30}}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:4:43: expected a duration such as 30s, found the number 30, did you mean '30s'?"
      ]),
    HostileCase(
      "a share above all", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        on_error: {record: dead_letter, max: 200%}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:5:38: expected a percentage such as 0.1% or a number of rows, found the text '200%'"
      ]),
    HostileCase(
      "four mistakes at once", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipelin: p
        source: {plugin: file, confg: {}}
        destination: {table: ../x, wriet: append}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:1:1: missing 'pipeline': a name of letters, digits, '_' and '-'",
        "p.yaml:2:1: unknown key 'pipelin', did you mean 'pipeline'?",
        "p.yaml:3:24: unknown key 'confg', did you mean 'config'?",
        "p.yaml:4:22: the table '../x' would leave the warehouse, write NAMESPACE.TABLE",
        "p.yaml:4:28: unknown key 'wriet', did you mean 'write'?",
      ]),
    HostileCase(
      "a secret in a value that is refused", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source:
          plugin: file
          config:
            path: data.csv
            max_record_bytes: "${env:HOSTILE_SECRET}"
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:7:23: max_record_bytes: expected a whole number, found text"
      ]),
    HostileCase(
      "a secret in a table name", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: "${env:HOSTILE_SECRET}"}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:4:22: the value that is not shown is no table's name"
      ]),
    HostileCase(
      "a secret in a plugin's name", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: "${env:HOSTILE_SECRET}", config: {}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:3:18: there is no plugin of the name that is not shown"
      ]),
    HostileCase(
      "a secret in a path that matches nothing", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: "${env:HOSTILE_SECRET}.csv"}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 1,
      errors: [
        "p.yaml:3:18: plugin 'file': discover: cannot open '***': No such file or directory [ENOENT]"
      ]),
    HostileCase(
      "a secret in a query", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        transforms: [{plugin: sql, config: {query: "SELECT ${env:HOSTILE_SECRET} FROM input"}}]

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:5:23: plugin 'sql': bind: query: Binder Error: Referenced column \"s3cret\" not found in FROM clause!",
        "Candidate bindings: \"name\"",
      ]),
    HostileCase(
      "a secret in a column name of map", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        transforms: [{plugin: map, config: {rename: {"name": "x", "zz": "${env:HOSTILE_SECRET}"}}}]

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:5:23: plugin 'map': bind: there is no column 'zz'; the columns are 'id', 'name', 'amount', 'at'"
      ]),
  ]
}
