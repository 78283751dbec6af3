extension HostileCases {
  /// What has to pass.
  static let valid: [HostileCase] = [
    HostileCase(
      "the least file", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 0,
      output: [
        "p.yaml: valid"
      ]),
    HostileCase(
      "the least file, run", ["run", "p.yaml", "--output", "json"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 0),
    HostileCase(
      "anchors that are used", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: &c {path: data.csv}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 0,
      output: [
        "p.yaml: valid"
      ]),
    HostileCase(
      "comments, quotes and Windows line ends", ["validate", "p.yaml"],
      [
        "p.yaml":
          "version: 1\r\npipeline: p\r\nsource: {plugin: file, config: {path: data.csv}}\r\ndestination: {table: a.b}\r\n# a comment\r\n",
        "data.csv": .text(sample),
      ], code: 0,
      output: [
        "p.yaml: valid"
      ]),
    HostileCase(
      "a byte order mark", ["validate", "p.yaml"],
      [
        "p.yaml": .text(
          "\u{feff}version: 1\npipeline: p\nsource: {plugin: file, config: {path: data.csv}}\ndestination: {table: a.b}\n"
        ),
        "data.csv": .text(sample),
      ], code: 0,
      output: [
        "p.yaml: valid"
      ]),
    HostileCase(
      "a default for a variable that is unset", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: "${env:NO_SUCH_THING:-data.csv}"}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 0,
      output: [
        "p.yaml: valid"
      ]),
    HostileCase(
      "a literal dollar", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        transforms: [{plugin: map, config: {add: {note: "$${env:X}"}}}]

        """,
        "data.csv": .text(sample),
      ], code: 0,
      output: [
        "p.yaml: valid"
      ]),
    HostileCase(
      "a name with 63 letters", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 0,
      output: [
        "p.yaml: valid"
      ]),
    HostileCase(
      "a map over every option", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b}
        transforms: [{plugin: map, config: {rename: {name: who}, drop: [amount], cast: {id: string}}}]

        """,
        "data.csv": .text(sample),
      ], code: 0,
      output: [
        "p.yaml: valid"
      ]),
    HostileCase(
      "offline", ["validate", "p.yaml", "--offline"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: gone.csv}}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 0,
      output: [
        "p.yaml: valid"
      ]),
    HostileCase(
      "a variable set on the command line", ["validate", "p.yaml", "--set", "vars.f=data.csv"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: "${var:f}"}}
        destination: {table: a.b}
        vars: {f: gone.csv}

        """,
        "data.csv": .text(sample),
      ], code: 0,
      output: [
        "p.yaml: valid"
      ]),
    HostileCase(
      "a plugin of a later build of the same ABI", ["plugins", "list"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: broken
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """,
        "plugins.d/libx.so": .library(from: "grown.c"),
      ], plugins: "plugins.d", code: 0,
      output: [
        "name    version  kinds   description",
        "──────  ───────  ──────  ───────────",
        "broken  1.0.0    source",
      ]),
  ]
}
