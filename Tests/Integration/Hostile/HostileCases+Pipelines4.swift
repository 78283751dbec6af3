extension HostileCases {
  /// Pipeline files that have to be refused, or that a source, a plugin or the columns refuse.
  static let pipelines4: [HostileCase] = [
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
        "p.yaml:5:23: plugin 'sql': bind: query: Binder Error: Referenced column \"s3cret\" not found in FROM clause! "
          + "Candidate bindings: \"name\""
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
    HostileCase(
      "a second document", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        ---
        version: 1

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:5:1: a second document begins here, a file holds one, move it to a file of its own"
      ]),
    HostileCase(
      "a tag that makes an object", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: !!python/object:os.system x
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:2:11: the tag '!!python/object:os.system' is not supported here, leave it out"
      ]),
    HostileCase(
      "nesting without end", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        vars: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:5:70: nested deeper than 64 levels"
      ]),
  ]
}
