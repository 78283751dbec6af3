extension HostileFiles {
  static let types: [HostileFile] = [
    HostileFile(
      "pipeline as number",
      """
      version: 1
      pipeline: 7
      source: {plugin: file}
      destination: {table: a.b}

      """,
      [
        "p.yaml:2:11: expected a name of letters, digits, '_' and '-', found the number 7"
      ]),
    HostileFile(
      "pipeline with a slash",
      """
      version: 1
      pipeline: a/b
      source: {plugin: file}
      destination: {table: a.b}

      """,
      [
        "p.yaml:2:11: expected a name of letters, digits, '_' and '-', found the text 'a/b'"
      ]),
    HostileFile(
      "source as list",
      """
      version: 1
      pipeline: p
      source: [file]
      destination: {table: a.b}

      """,
      [
        "p.yaml:3:9: expected a mapping, found a list"
      ]),
    HostileFile(
      "streams as text",
      """
      version: 1
      pipeline: p
      source: {plugin: file, streams: orders}
      destination: {table: a.b}

      """,
      [
        "p.yaml:3:33: expected a list, found the text 'orders', write [orders]"
      ]),
    HostileFile(
      "stream as number",
      """
      version: 1
      pipeline: p
      source: {plugin: file, streams: [7]}
      destination: {table: a.b}

      """,
      [
        "p.yaml:3:34: expected a stream's name or pattern, found the number 7, put it in quotes"
      ]),
    HostileFile(
      "config as text",
      """
      version: 1
      pipeline: p
      source: {plugin: file, config: "path=a"}
      destination: {table: a.b}

      """,
      [
        "p.yaml:3:32: expected a mapping, found the text 'path=a'"
      ]),
    HostileFile(
      "duration as number",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b, commit: {every: 30}}

      """,
      [
        "p.yaml:4:43: expected a duration such as 30s, found the number 30, did you mean '30s'?"
      ]),
    HostileFile(
      "duration as list",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b, commit: {every: [30s]}}

      """,
      [
        "p.yaml:4:43: expected a duration such as 30s, found a list"
      ]),
    HostileFile(
      "duration out of range",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b, commit: {every: 2d}}

      """,
      [
        "p.yaml:4:43: expected a duration from 100ms to 1d"
      ]),
    HostileFile(
      "duration beyond all numbers",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b, commit: {every: 999999999999d}}

      """,
      [
        "p.yaml:4:43: expected a duration such as 30s, found the text '999999999999d'"
      ]),
    HostileFile(
      "rows negative",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b, commit: {rows: -5}}

      """,
      [
        "p.yaml:4:42: expected a whole number from 1 to 1000000000000, found the number -5"
      ]),
    HostileFile(
      "rows beyond 64 bits",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b, commit: {rows: 99999999999999999999}}

      """,
      [
        "p.yaml:4:42: expected a whole number from 1 to 1000000000000, found the number "
          + "'99999999999999999999'"
      ]),
    HostileFile(
      "size without unit",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b, commit: {file_size: 128}}

      """,
      [
        "p.yaml:4:47: expected a size such as 128MiB, found the number 128, did you mean '128B'?"
      ]),
    HostileFile(
      "size out of range",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b, commit: {file_size: 1KiB}}

      """,
      [
        "p.yaml:4:47: expected a size from 1MiB to 16GiB, found 1KiB"
      ]),
    HostileFile(
      "percent without sign",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      on_error: {max: 0.1}

      """,
      [
        "p.yaml:5:17: expected a percentage such as 0.1% or a number of rows, found the number 0.1"
      ]),
    HostileFile(
      "percent above all",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      on_error: {max: 101%}

      """,
      [
        "p.yaml:5:17: expected a percentage such as 0.1% or a number of rows, found the text '101%'"
      ]),
    HostileFile(
      "choice misspelt",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      schema: {tables: evolv, columns: yes}

      """,
      [
        "p.yaml:5:18: expected evolve, freeze, discard_row or discard_value, found the text 'evolv', "
          + "did you mean 'evolve'?",
        "p.yaml:5:34: expected evolve, freeze, discard_row or discard_value, found the text 'yes'",
      ]),
    HostileFile(
      "discard_value of a table",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      schema: {tables: discard_value}

      """,
      [
        "p.yaml:5:18: 'discard_value' is about columns and types, use evolve or freeze"
      ]),
    HostileFile(
      "discard_row of a table",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      schema: {tables: discard_row, columns: discard_row, types: discard_value}

      """,
      [
        "p.yaml:5:18: 'discard_row' would lose the rows of a stream that has no table, leave the stream out, or use "
          + "freeze"
      ]),
    HostileFile(
      "yes is text",
      """
      version: 1
      pipeline: p
      source: {plugin: postgres, streams: [{name: a, allow_duplicates: yes}]}
      destination: {table: a.b}

      """,
      [
        "p.yaml:3:66: expected true or false, found the text 'yes', did you mean 'true'?"
      ]),
    HostileFile(
      "source_id negative",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      source_id: -1

      """,
      [
        "p.yaml:5:12: expected a whole number of at least 0, found the number -1"
      ]),
    HostileFile(
      "metadata columns unknown",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b, metadata_columns: [source_idd, source_id, source_id]}

      """,
      [
        "p.yaml:4:45: a column is named twice",
        "p.yaml:4:46: expected source_id or ingested_at, found the text 'source_idd', did you mean "
          + "'source_id'?",
      ]),
    HostileFile(
      "then continue",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      on_error: {then: continue}

      """,
      [
        "p.yaml:5:18: 'continue' is reserved, not yet supported"
      ]),
  ]
}
