extension HostileCases {
  /// Data that does not keep to its format. `run` counts what is wrong, `preview` says what it is.
  static let data3: [HostileCase] = [
    HostileCase(
      "JSON that is broken", ["run", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv, format: jsonl}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": """
        {"id": 1}
        {"id": 
        {"id": 3}

        """,
      ], code: 1,
      errors: [
        "headrace: 1 of 3 records are wrong, which is more than 'on_error: {max: 0.1%}' allows; see 'headrace preview' for the reasons, then mend the records or raise the limit"
      ],
      output: [
        "data -> a.b: 3 rows read, 0 written",
        "failed in {time}",
      ]),
    HostileCase(
      "JSON that is broken, shown", ["preview", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv, format: jsonl}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": """
        {"id": 1}
        {"id": 
        {"id": 3}

        """,
      ], code: 0,
      output: [
        "data -> a.b",
        "id",
        "──",
        " 1",
        " 3",
        "dead letter: data.csv:2:8: not valid JSON: the line ends too early",
      ]),
    HostileCase(
      "JSON that is no object", ["run", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv, format: jsonl}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": """
        {"id": 1}
        [1]
        7

        """,
      ], code: 1,
      errors: [
        "headrace: 2 of 3 records are wrong, which is more than 'on_error: {max: 0.1%}' allows; see 'headrace preview' for the reasons, then mend the records or raise the limit"
      ],
      output: [
        "data -> a.b: 3 rows read, 0 written",
        "failed in {time}",
      ]),
    HostileCase(
      "JSON that is no object, shown", ["preview", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv, format: jsonl}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": """
        {"id": 1}
        [1]
        7

        """,
      ], code: 0,
      output: [
        "data -> a.b",
        "id",
        "──",
        " 1",
        "dead letter: data.csv:2: '[1]' is not a JSON object",
        "dead letter: data.csv:3: '7' is not a JSON object",
      ]),
    HostileCase(
      "a type that is not there", ["run", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv, schema: {id: nubmer}}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": """
        id
        1

        """,
      ], code: 2,
      errors: [
        "p.yaml:3:18: plugin 'file': create: column 'id': 'nubmer' is not a type; write one of boolean, int, long, float, double, decimal(P, S), date, time, timestamp, timestamptz, string, uuid, binary, list<T>, struct<name: T, ...>"
      ], output: []),
    HostileCase(
      "a type that is not there, shown", ["preview", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv, schema: {id: nubmer}}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": """
        id
        1

        """,
      ], code: 2,
      errors: [
        "p.yaml:3:18: plugin 'file': create: column 'id': 'nubmer' is not a type; write one of boolean, int, long, float, double, decimal(P, S), date, time, timestamp, timestamptz, string, uuid, binary, list<T>, struct<name: T, ...>"
      ], output: []),
    HostileCase(
      "a line of 100 MB", ["run", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": .long(before: "id,name\n1,a\n2,", count: 100_000_000, after: "\n3,c\n"),
      ], code: 1,
      errors: [
        "headrace: 1 of 3 records are wrong, which is more than 'on_error: {max: 0.1%}' allows; see 'headrace preview' for the reasons, then mend the records or raise the limit"
      ],
      output: [
        "data -> a.b: 3 rows read, 0 written",
        "failed in {time}",
      ]),
    HostileCase(
      "a line of 100 MB, shown", ["preview", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": .long(before: "id,name\n1,a\n2,", count: 100_000_000, after: "\n3,c\n"),
      ], code: 0,
      output: [
        "data -> a.b",
        "id  name",
        "──  ────",
        " 1  a",
        " 3  c",
        "dead letter: data.csv:3: the record is longer than 16777216 bytes, or a quote that it opens is never closed; raise 'max_record_bytes' to read it",
      ]),
    HostileCase(
      "a JSON line of 100 MB", ["run", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv, format: jsonl}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": .long(
          before: "{\"id\":1,\"n\":\"a\"}\n{\"id\":2,\"n\":\"", count: 100_000_000,
          after: "\"}\n{\"id\":3,\"n\":\"c\"}\n"),
      ], code: 1,
      errors: [
        "headrace: 1 of 3 records are wrong, which is more than 'on_error: {max: 0.1%}' allows; see 'headrace preview' for the reasons, then mend the records or raise the limit"
      ],
      output: [
        "data -> a.b: 3 rows read, 0 written",
        "failed in {time}",
      ]),
    HostileCase(
      "a JSON line of 100 MB, shown", ["preview", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv, format: jsonl}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": .long(
          before: "{\"id\":1,\"n\":\"a\"}\n{\"id\":2,\"n\":\"", count: 100_000_000,
          after: "\"}\n{\"id\":3,\"n\":\"c\"}\n"),
      ], code: 0,
      output: [
        "data -> a.b",
        "id  n",
        "──  ─",
        " 1  a",
        " 3  c",
        "dead letter: data.csv:2: the record is longer than 16777216 bytes; raise 'max_record_bytes' to read it",
      ]),
  ]
}
