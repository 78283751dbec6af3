extension HostileCases {
  /// Command lines that ask for what there is not.
  static let commandLine1: [HostileCase] = [
    HostileCase(
      "an unknown option", ["run", "p.yaml", "--fast"],
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
        "Error: Unknown option '--fast'. Did you mean '--set'?",
        "  See 'headrace run --help' for more information.",
      ]),
    HostileCase(
      "an unknown command", ["rnu", "p.yaml"],
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
        "headrace: there is no command 'rnu'; did you mean 'run'?"
      ]),
    HostileCase(
      "no file", ["run"],
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
        "Error: Missing expected argument '<file>'",
        "Help:  <file>  The pipeline file.",
        "  See 'headrace run --help' for more information.",
      ]),
    HostileCase(
      "a file that is not there", ["run", "gone.yaml"],
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
        "headrace: gone.yaml: there is no such file; write one with 'headrace init'"
      ]),
    HostileCase(
      "a folder for a file", ["run", "."],
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
        "headrace: .: is a folder; name a file in it"
      ]),
    HostileCase(
      "no rows", ["preview", "p.yaml", "--rows", "0"],
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
        "Error: --rows takes a number from 1 to 100000",
        "  See 'headrace preview --help' for more information.",
      ]),
    HostileCase(
      "rows that are no number", ["preview", "p.yaml", "--rows", "ten"],
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
        "Error: The value 'ten' is invalid for '--rows <rows>'",
        "Help:  --rows <rows>  How many rows of each stream.",
        "  See 'headrace preview --help' for more information.",
      ]),
    HostileCase(
      "a setting without a value", ["run", "p.yaml", "--set", "x"],
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
        "headrace: --set takes vars.NAME=VALUE, found 'x'; only variables can be set; use ${var:NAME} where the value belongs"
      ]),
    HostileCase(
      "a setting of an unknown variable", ["run", "p.yaml", "--set", "vars.x=1"],
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
        "--set vars.x: the file has no variable 'x'"
      ]),
    HostileCase(
      "an environment without a platform file", ["run", "p.yaml", "--env", "prod"],
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
        "headrace: there is no platform file for the environment 'prod'; write headrace.yaml, or name one with --platform"
      ]),
    HostileCase(
      "an unknown environment", ["run", "p.yaml", "--env", "prdo"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
        "headrace.yaml": """
        version: 1
        environments: {prod: {}}

        """,
      ], code: 2,
      errors: [
        "headrace: the platform file has no environment 'prdo'; did you mean 'prod'?"
      ]),
    HostileCase(
      "a platform file that is not there", ["run", "p.yaml", "--platform", "gone.yaml"],
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
        "headrace: gone.yaml: there is no such file; leave --platform out for headrace.yaml"
      ]),
    HostileCase(
      "a stream that the file lacks", ["run", "p.yaml", "--streams", "dta"],
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
        "headrace: the pipeline has no stream 'dta'; did you mean 'data'?"
      ]),
    HostileCase(
      "an output that is none", ["run", "p.yaml", "--output", "xml"],
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
        "Error: The value 'xml' is invalid for '--output <output>'. Please provide one of 'text' and 'json'.",
        "Help:  --output <output>  text or json.",
        "  See 'headrace run --help' for more information.",
      ]),
    HostileCase(
      "a configuration that is no JSON", ["discover", "file", "--config", "{path: "],
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
        "--config:1:8: this is not valid YAML: did not find expected node content"
      ]),
    HostileCase(
      "a plugin that is not there", ["plugins", "info", "fle"],
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
        "plugins info: there is no plugin 'fle', did you mean 'file'?"
      ]),
    HostileCase(
      "a table that is not there", ["lake", "files", "a.b"],
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
      "a table name that is none", ["lake", "files", "../x"],
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
        "headrace: '../x' cannot be the name of a table; use letters, digits, '_' and '-', as in bronze.orders"
      ]),
  ]
}
