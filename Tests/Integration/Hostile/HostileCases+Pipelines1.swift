extension HostileCases {
  /// Pipeline files that have to be refused, or that a source, a plugin or the columns refuse.
  static let pipelines1: [HostileCase] = [
    HostileCase(
      "an unknown key with a near one", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        detector: []

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:5:1: unknown key 'detector', did you mean 'detectors'?"
      ]),
    HostileCase(
      "a duplicate key", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        pipeline: q

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:5:1: duplicate key 'pipeline', first at line 2"
      ]),
    HostileCase(
      "a tab for indentation", ["validate", "p.yaml"],
      [
        "p.yaml": "version: 1\npipeline: p\nsource:\n\tplugin: file\n",
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:4:1: a tab is used for indentation, YAML indents with spaces"
      ]),
    HostileCase(
      "a mapping where text belongs", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: {a: b}
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:2:11: expected a name of letters, digits, '_' and '-', found a mapping"
      ]),
    HostileCase(
      "a version that is not there", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 9
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:1:10: expected the number 1, found the number 9"
      ]),
    HostileCase(
      "no version", ["validate", "p.yaml"],
      [
        "p.yaml": """
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:1:1: missing 'version': the number 1"
      ]),
    HostileCase(
      "an empty file", ["validate", "p.yaml"],
      [
        "p.yaml": "",
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:1:1: the file is empty"
      ]),
    HostileCase(
      "a list for a file", ["validate", "p.yaml"],
      [
        "p.yaml": """
        - a
        - b

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:1:1: expected a mapping, found a list, begin with 'version: 1'"
      ]),
    HostileCase(
      "an unfinished quote", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: "p

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:2:11: the quote that opens here is never closed"
      ]),
    HostileCase(
      "bytes that are not UTF-8", ["validate", "p.yaml"],
      [
        "p.yaml": .bytes([
          118, 101, 114, 115, 105, 111, 110, 58, 32, 49, 10, 112, 105, 112, 101, 108, 105, 110, 101, 58, 32, 255, 10,
        ]),
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:2:11: this is not UTF-8 text, save the file as UTF-8"
      ]),
    HostileCase(
      "an alias bomb", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        a: &a [x, x, x, x, x, x, x, x, x]
        b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
        c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]
        d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]
        e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d]
        f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e]

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:6:8: aliases expand to more than 10000 values"
      ]),
    HostileCase(
      "an unset variable of the environment", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: "${env:NO_SUCH_THING}"}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:3:40: the environment variable 'NO_SUCH_THING' is not set, set it, or write ${env:NO_SUCH_THING:-default}"
      ]),
    HostileCase(
      "a variable that the file lacks", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: "${var:folde}/x"}}
        destination: {table: a.b}
        vars: {folder: x}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:3:40: there is no variable 'folde', did you mean 'folder'?"
      ]),
    HostileCase(
      "a secret store", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: "${secret:a/b}"}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:3:40: '${secret:...}' is reserved, not yet supported, use ${env:NAME} or ${file:PATH}"
      ]),
    HostileCase(
      "a file to interpolate that is not there", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: "${file:gone.txt}"}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:3:40: cannot read the file 'gone.txt': there is no such file"
      ]),
    HostileCase(
      "a table that climbs out", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: "../../etc.passwd"}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:4:23: the table '../../etc.passwd' would leave the warehouse, write NAMESPACE.TABLE"
      ]),
    HostileCase(
      "a table with an absolute path", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: "/tmp/a.b"}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:4:23: the table '/tmp/a.b' would leave the warehouse, write NAMESPACE.TABLE"
      ]),
    HostileCase(
      "a table without a namespace", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: orders}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:4:22: the table 'orders' has no namespace, write for example bronze.orders"
      ]),
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
  ]
}
