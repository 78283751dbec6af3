extension HostileCases {
  /// Command lines that ask for what there is not.
  static let commandLine2: [HostileCase] = [
    HostileCase(
      "SQL that is none", ["lake", "sql", "SELEC 1"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "headrace: plugin 'sql': tables: query: syntax error at or near \"SELEC\""
      ]),
    HostileCase(
      "SQL over a table that is not there", ["lake", "sql", "SELECT * FROM a.b"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "headrace: there is no table 'a.b' in the lake; it is empty: run a pipeline first"
      ]),
    HostileCase(
      "state of an unknown stream", ["state", "reset", "p.yaml", "nope"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "headrace: nothing is known of a stream 'nope'"
      ]),
    HostileCase(
      "a schema of nothing", ["schema", "pipelin"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "Error: The value 'pipelin' is invalid for '<file>'. Please provide one of 'pipeline', 'manifest', 'platform', 'check' or 'policy-test'.",
        "Help:  <file>  pipeline, manifest, platform, check or policy-test.",
        "  See 'headrace schema --help' for more information.",
      ]),
    HostileCase(
      "a plugin folder that is not there", ["plugins", "list"],
      [
        "data.csv": .text(sample)
      ], plugins: "nowhere", code: 2,
      errors: [
        "headrace: {folder}/nowhere: is no folder; name a folder with plugin manifests"
      ]),
    HostileCase(
      "an init from something else", ["init", "--from", "mysql://h/db"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "headrace: --from does not know 'mysql://'; give it postgres://USER@HOST/DATABASE or a pattern of files such as 'data/*.csv'"
      ]),
    HostileCase(
      "an init over a file that is there", ["init", "--from", "data.csv", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "headrace: p.yaml: is already there, and init replaces nothing; name another file"
      ]),
    HostileCase(
      "an init over nothing that matches", ["init", "--from", "*.json", "new.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 1,
      errors: [
        "headrace: plugin 'file': discover: no file matches '*.json'; looked in '{folder}'"
      ]),
    HostileCase(
      "an init with a name that is none", ["init", "--name", "a b"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "headrace: --name takes up to 64 letters, digits, '_' and '-', found 'a b'"
      ]),
    HostileCase(
      "an init into a folder that is not there", ["init", "gone/p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "headrace: gone/p.yaml: there is no folder {folder}/gone; make it first"
      ]),
    HostileCase(
      "an init from a server that is down",
      ["init", "--from", "postgres://u:s3cret-Pa55word@127.0.0.1:1/db", "new.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 1,
      errors: [
        "headrace: plugin 'postgres': discover: cannot connect to PostgreSQL: connection to server at \"127.0.0.1\", port 1 failed: Connection refused; Is the server running on that host and accepting TCP/IP connections? (5 attempts); run again when the dependency answers: positions are kept"
      ]),
  ]
}
