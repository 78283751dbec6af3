extension HostileCases {
  /// Data that does not keep to its format. `run` counts what is wrong, `preview` says what it is.
  static let data1: [HostileCase] = [
    HostileCase(
      "a ragged CSV", ["run", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": """
        id,name
        1,a
        2,b,c
        3
        4,d

        """,
      ], code: 1,
      errors: [
        "headrace: 2 of 4 records are wrong, which is more than 'on_error: {max: 0.1%}' allows; see 'headrace preview' for the reasons, then mend the records or raise the limit"
      ],
      output: [
        "data -> a.b: 4 rows read, 0 written",
        "failed in {time}",
      ]),
    HostileCase(
      "a ragged CSV, shown", ["preview", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": """
        id,name
        1,a
        2,b,c
        3
        4,d

        """,
      ], code: 0,
      output: [
        "data -> a.b",
        "id  name",
        "──  ────",
        " 1  a",
        " 4  d",
        "dead letter: data.csv:3: the record has 3 fields, and the header 2",
        "dead letter: data.csv:4: the record has 1 field, and the header 2",
      ]),
    HostileCase(
      "a ragged CSV that fails the run", ["run", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}
        on_error: {record: fail}

        """,
        "data.csv": """
        id,name
        1,a
        2,b,c

        """,
      ], code: 1,
      errors: [
        "headrace: data.csv:3: the record has 3 fields, and the header 2; mend the record, or use 'on_error: {record: dead_letter}'"
      ],
      output: [
        "data -> a.b: 2 rows read, 0 written",
        "failed in {time}",
      ]),
    HostileCase(
      "a ragged CSV that fails the run, shown", ["preview", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}
        on_error: {record: fail}

        """,
        "data.csv": """
        id,name
        1,a
        2,b,c

        """,
      ], code: 0,
      output: [
        "data -> a.b",
        "id  name",
        "──  ────",
        " 1  a",
        "dead letter: data.csv:3: the record has 3 fields, and the header 2",
      ]),
    HostileCase(
      "a ragged CSV above its share", ["run", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}
        on_error: {record: dead_letter, max: 10%, then: fail}

        """,
        "data.csv": """
        id,name
        1,a
        2,b,c
        3
        4,d

        """,
      ], code: 1,
      errors: [
        "headrace: 2 of 4 records are wrong, which is more than 'on_error: {max: 10%}' allows; see 'headrace preview' for the reasons, then mend the records or raise the limit"
      ],
      output: [
        "data -> a.b: 4 rows read, 0 written",
        "failed in {time}",
      ]),
    HostileCase(
      "a ragged CSV above its share, shown", ["preview", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}
        on_error: {record: dead_letter, max: 10%, then: fail}

        """,
        "data.csv": """
        id,name
        1,a
        2,b,c
        3
        4,d

        """,
      ], code: 0,
      output: [
        "data -> a.b",
        "id  name",
        "──  ────",
        " 1  a",
        " 4  d",
        "dead letter: data.csv:3: the record has 3 fields, and the header 2",
        "dead letter: data.csv:4: the record has 1 field, and the header 2",
      ]),
    HostileCase(
      "bytes that are not UTF-8", ["run", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": .bytes([105, 100, 44, 110, 97, 109, 101, 10, 49, 44, 97, 10, 50, 44, 255, 254, 10, 51, 44, 98, 10]),
      ], code: 1,
      errors: [
        "headrace: 1 of 3 records are wrong, which is more than 'on_error: {max: 0.1%}' allows; see 'headrace preview' for the reasons, then mend the records or raise the limit"
      ],
      output: [
        "data -> a.b: 3 rows read, 0 written",
        "failed in {time}",
      ]),
    HostileCase(
      "bytes that are not UTF-8, shown", ["preview", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": .bytes([105, 100, 44, 110, 97, 109, 101, 10, 49, 44, 97, 10, 50, 44, 255, 254, 10, 51, 44, 98, 10]),
      ], code: 0,
      output: [
        "data -> a.b",
        "id  name",
        "──  ────",
        " 1  a",
        " 3  b",
        "dead letter: data.csv:3: not UTF-8: byte 0xff at position 3 of the record",
      ]),
    HostileCase(
      "a number out of range", ["run", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv, schema: {id: int, name: string}}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": """
        id,name
        1,a
        99999999999999999999,b

        """,
      ], code: 1,
      errors: [
        "headrace: 1 of 2 records are wrong, which is more than 'on_error: {max: 0.1%}' allows; see 'headrace preview' for the reasons, then mend the records or raise the limit"
      ],
      output: [
        "data -> a.b: 2 rows read, 0 written",
        "failed in {time}",
      ]),
    HostileCase(
      "a number out of range, shown", ["preview", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv, schema: {id: int, name: string}}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": """
        id,name
        1,a
        99999999999999999999,b

        """,
      ], code: 0,
      output: [
        "data -> a.b",
        "id  name",
        "──  ────",
        " 1  a",
        "dead letter: data.csv:3: column 'id': '99999999999999999999' is not an int",
      ]),
    HostileCase(
      "text where a number was declared", ["run", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv, schema: {id: int, name: string}}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": """
        id,name
        1,a
        x,b

        """,
      ], code: 1,
      errors: [
        "headrace: 1 of 2 records are wrong, which is more than 'on_error: {max: 0.1%}' allows; see 'headrace preview' for the reasons, then mend the records or raise the limit"
      ],
      output: [
        "data -> a.b: 2 rows read, 0 written",
        "failed in {time}",
      ]),
    HostileCase(
      "text where a number was declared, shown", ["preview", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv, schema: {id: int, name: string}}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": """
        id,name
        1,a
        x,b

        """,
      ], code: 0,
      output: [
        "data -> a.b",
        "id  name",
        "──  ────",
        " 1  a",
        "dead letter: data.csv:3: column 'id': 'x' is not an int",
      ]),
    HostileCase(
      "an empty file", ["run", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": "",
      ], code: 0,
      errors: [
        "p.yaml:3:18: warning: data: the files have no rows and no header yet: no columns are known"
      ],
      output: [
        "data -> a.b: 0 rows read, 0 written",
        "succeeded in {time}",
      ]),
    HostileCase(
      "an empty file, shown", ["preview", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": "",
      ], code: 0,
      output: [
        "data -> a.b"
      ]),
    HostileCase(
      "a header alone", ["run", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": "id,name\n",
      ], code: 0,
      errors: [
        "p.yaml:3:18: warning: data: column 'id' has no value in the 0 rows looked at: it is read as string",
        "p.yaml:3:18: warning: data: column 'name' has no value in the 0 rows looked at: it is read as string",
      ],
      output: [
        "data -> a.b: 0 rows read, 0 written",
        "succeeded in {time}",
      ]),
    HostileCase(
      "a header alone, shown", ["preview", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": "id,name\n",
      ], code: 0,
      output: [
        "data -> a.b",
        "id  name",
        "──  ────",
      ]),
    HostileCase(
      "a file of line ends", ["run", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": "\n\n\n",
      ], code: 0,
      errors: [
        "p.yaml:3:18: warning: data: the files have no rows and no header yet: no columns are known"
      ],
      output: [
        "data -> a.b: 0 rows read, 0 written",
        "succeeded in {time}",
      ]),
    HostileCase(
      "a file of line ends, shown", ["preview", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": "\n\n\n",
      ], code: 0,
      output: [
        "data -> a.b"
      ]),
    HostileCase(
      "a column twice", ["run", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": """
        id,id
        1,2

        """,
      ], code: 0,
      output: [
        "data -> a.b: 1 rows read, 1 written",
        "succeeded in {time}",
      ]),
    HostileCase(
      "a column twice, shown", ["preview", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": """
        id,id
        1,2

        """,
      ], code: 0,
      output: [
        "data -> a.b",
        "id  id_2",
        "──  ────",
        " 1     2",
      ]),
    HostileCase(
      "an unfinished quote", ["run", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": """
        id,name
        1,"a
        2,b

        """,
      ], code: 1,
      errors: [
        "headrace: 1 of 2 records are wrong, which is more than 'on_error: {max: 0.1%}' allows; see 'headrace preview' for the reasons, then mend the records or raise the limit"
      ],
      output: [
        "data -> a.b: 2 rows read, 0 written",
        "failed in {time}",
      ]),
    HostileCase(
      "an unfinished quote, shown", ["preview", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": """
        id,name
        1,"a
        2,b

        """,
      ], code: 0,
      output: [
        "data -> a.b",
        "id  name",
        "──  ────",
        " 2  b",
        "dead letter: data.csv:2: the quote that is opened here is never closed",
      ]),
  ]
}
