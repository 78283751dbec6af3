extension HostileCases {
  /// Data that does not keep to its format. `run` counts what is wrong, `preview` says what it is.
  static let data2: [HostileCase] = [
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
    HostileCase(
      "a null byte", ["run", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": "id,name\n1,a\0b\n2,c\n",
      ], code: 0,
      output: [
        "data -> a.b: 2 rows read, 2 written",
        "succeeded in {time}",
      ]),
    HostileCase(
      "a null byte, shown", ["preview", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": "id,name\n1,a\0b\n2,c\n",
      ], code: 0,
      output: [
        "data -> a.b",
        "id  name",
        "──  ────",
        " 1  a�b",
        " 2  c",
      ]),
    HostileCase(
      "an escape sequence for the terminal", ["run", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv, schema: {id: int, name: string}}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": "id,name\n1,\u{1b}[2Ja\u{7}\n\u{1b}[31mx,b\n",
      ], code: 1,
      errors: [
        "headrace: 1 of 2 records are wrong, which is more than 'on_error: {max: 0.1%}' allows; see 'headrace preview' for the reasons, then mend the records or raise the limit"
      ],
      output: [
        "data -> a.b: 2 rows read, 0 written",
        "failed in {time}",
      ]),
    HostileCase(
      "an escape sequence for the terminal, shown", ["preview", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv, schema: {id: int, name: string}}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": "id,name\n1,\u{1b}[2Ja\u{7}\n\u{1b}[31mx,b\n",
      ], code: 0,
      output: [
        "data -> a.b",
        "id  name",
        "──  ──────",
        " 1  �[2Ja�",
        "dead letter: data.csv:3: column 'id': '�[31mx' is not an int",
      ]),
    HostileCase(
      "no match of a glob", ["run", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: "*.csv"}}
        destination: {table: a.b, metadata_columns: []}

        """
      ], code: 1,
      errors: [
        "p.yaml:3:18: plugin 'file': discover: no file matches '*.csv'; looked in '{folder}'"
      ], output: []),
    HostileCase(
      "no match of a glob, shown", ["preview", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: "*.csv"}}
        destination: {table: a.b, metadata_columns: []}

        """
      ], code: 1,
      errors: [
        "p.yaml:3:18: plugin 'file': discover: no file matches '*.csv'; looked in '{folder}'"
      ], output: []),
    HostileCase(
      "a file that is not there", ["run", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}

        """
      ], code: 1,
      errors: [
        "p.yaml:3:18: plugin 'file': discover: cannot open 'data.csv': No such file or directory [ENOENT]"
      ], output: []),
    HostileCase(
      "a file that is not there, shown", ["preview", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}

        """
      ], code: 1,
      errors: [
        "p.yaml:3:18: plugin 'file': discover: cannot open 'data.csv': No such file or directory [ENOENT]"
      ], output: []),
    HostileCase(
      "a folder instead of a file", ["run", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": .folder,
      ], code: 2,
      errors: [
        "p.yaml:3:18: plugin 'file': discover: cannot read 'data.csv': Is a directory; to read what is in it, write 'data.csv/*' [EISDIR]"
      ], output: []),
    HostileCase(
      "a folder instead of a file, shown", ["preview", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": .folder,
      ], code: 2,
      errors: [
        "p.yaml:3:18: plugin 'file': discover: cannot read 'data.csv': Is a directory; to read what is in it, write 'data.csv/*' [EISDIR]"
      ], output: []),
    HostileCase(
      "a gzip cut short", ["run", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv, compression: gzip}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": .bytes([
          31, 139, 8, 0, 56, 151, 4, 107, 2, 255, 237, 198, 187, 17, 0, 16, 20, 0, 176, 222, 44, 26, 35, 249, 60, 78,
          193, 254, 165, 61, 92, 82, 101, 143, 124, 235, 137, 84, 114, 109, 125, 196, 92, 102, 102, 102, 102, 102, 102,
          102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102,
          102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102,
          102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102,
          102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102,
        ]),
      ], code: 1,
      errors: [
        "p.yaml:3:18: plugin 'file': discover: 'data.csv' ends in the middle of its gzip data, after 130 bytes; is the file complete? (5 attempts)"
      ], output: []),
    HostileCase(
      "a gzip cut short, shown", ["preview", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv, compression: gzip}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": .bytes([
          31, 139, 8, 0, 56, 151, 4, 107, 2, 255, 237, 198, 187, 17, 0, 16, 20, 0, 176, 222, 44, 26, 35, 249, 60, 78,
          193, 254, 165, 61, 92, 82, 101, 143, 124, 235, 137, 84, 114, 109, 125, 196, 92, 102, 102, 102, 102, 102, 102,
          102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102,
          102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102,
          102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102,
          102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102, 102,
        ]),
      ], code: 1,
      errors: [
        "p.yaml:3:18: plugin 'file': discover: 'data.csv' ends in the middle of its gzip data, after 130 bytes; is the file complete? (5 attempts)"
      ], output: []),
    HostileCase(
      "a gzip that is none", ["run", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv, compression: gzip}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": """
        id,name
        1,a

        """,
      ], code: 1,
      errors: [
        "p.yaml:3:18: plugin 'file': discover: 'data.csv' is not valid gzip: incorrect header check near byte 2"
      ], output: []),
    HostileCase(
      "a gzip that is none, shown", ["preview", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv, compression: gzip}}
        destination: {table: a.b, metadata_columns: []}

        """,
        "data.csv": """
        id,name
        1,a

        """,
      ], code: 1,
      errors: [
        "p.yaml:3:18: plugin 'file': discover: 'data.csv' is not valid gzip: incorrect header check near byte 2"
      ], output: []),
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
  ]
}
