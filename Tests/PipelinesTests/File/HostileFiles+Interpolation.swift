extension HostileFiles {
  static let interpolation: [HostileFile] = [
    HostileFile(
      "environment variable not set",
      """
      version: 1
      pipeline: p
      source: {plugin: postgres, config: {dsn: "${env:NOPE}"}}
      destination: {table: a.b}

      """,
      [
        "p.yaml:3:43: the environment variable 'NOPE' is not set, set it, or write "
          + "${env:NOPE:-default}"
      ]),
    HostileFile(
      "environment variable not set, two of them",
      """
      version: 1
      pipeline: p
      source: 
        plugin: postgres
        config:
          dsn: "postgres://${env:HOST}/${env:NOPE}"
          other: ${env:ALSO_NOT}

      destination: {table: a.b}

      """,
      [
        "p.yaml:6:34: the environment variable 'NOPE' is not set, set it, or write "
          + "${env:NOPE:-default}",
        "p.yaml:7:12: the environment variable 'ALSO_NOT' is not set, set it, or write "
          + "${env:ALSO_NOT:-default}",
      ]),
    HostileFile(
      "interpolation unclosed",
      """
      version: 1
      pipeline: p
      source: {plugin: postgres, config: {dsn: "${env:HOST"}}
      destination: {table: a.b}

      """,
      [
        "p.yaml:3:43: '${' without '}', write '$${' for the characters themselves"
      ]),
    HostileFile(
      "interpolation of no kind",
      """
      version: 1
      pipeline: p
      source: {plugin: postgres, config: {dsn: "${HOST}"}}
      destination: {table: a.b}

      """,
      [
        "p.yaml:3:43: '${HOST}' names no kind of value, write ${env:NAME}, ${var:NAME} or "
          + "${file:PATH}"
      ]),
    HostileFile(
      "interpolation of unknown kind",
      """
      version: 1
      pipeline: p
      source: {plugin: postgres, config: {dsn: "${evn:HOST}"}}
      destination: {table: a.b}

      """,
      [
        "p.yaml:3:43: unknown kind of value '${evn:HOST}', did you mean 'env'?"
      ]),
    HostileFile(
      "secret is reserved",
      """
      version: 1
      pipeline: p
      source: {plugin: postgres, config: {dsn: "${secret:vault/key}"}}
      destination: {table: a.b}

      """,
      [
        "p.yaml:3:43: '${secret:...}' is reserved, not yet supported, use ${env:NAME} or ${file:PATH}"
      ]),
    HostileFile(
      "variable unknown",
      """
      version: 1
      pipeline: p
      source: {plugin: postgres, streams: ["${var:scheam}.orders"]}
      destination: {table: a.b}
      vars: {schema: public}

      """,
      [
        "p.yaml:3:39: there is no variable 'scheam', did you mean 'schema'?"
      ]),
    HostileFile(
      "variable in a variable",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      vars: {a: x, b: "${var:a}"}

      """,
      [
        "p.yaml:5:18: a variable cannot use another variable"
      ]),
    HostileFile(
      "variable that is a list",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      vars: {a: [x]}

      """,
      [
        "p.yaml:5:11: expected a single value, found a list"
      ]),
    HostileFile(
      "file that is not there",
      """
      version: 1
      pipeline: p
      source: {plugin: postgres, config: {password: "${file:nope.txt}"}}
      destination: {table: a.b}

      """,
      [
        "p.yaml:3:48: cannot read the file 'nope.txt': there is no such file"
      ]),
    HostileFile(
      "file that is too large",
      """
      version: 1
      pipeline: p
      source: {plugin: postgres, config: {password: "${file:big.txt}"}}
      destination: {table: a.b}

      """,
      [
        "p.yaml:3:48: the file 'big.txt' is larger than 65536 bytes"
      ]),
    HostileFile(
      "file that is not text",
      """
      version: 1
      pipeline: p
      source: {plugin: postgres, config: {password: "${file:latin1.txt}"}}
      destination: {table: a.b}

      """,
      [
        "p.yaml:3:48: the file 'latin1.txt' is not UTF-8 text"
      ]),
    HostileFile(
      "secret never shown",
      """
      version: 1
      pipeline: p
      source: {plugin: "${env:PW} x", streams: [{name: s, partition: "${env:PW}("}]}
      destination: {table: "${env:PW}"}
      source_id: ${env:PW}
      on_error: {max: "${env:PW}"}
      schema: {tables: "${file:pw.txt}"}

      """,
      [
        "p.yaml:3:18: expected a plugin's name of letters, digits, '_' and '-', found a value that "
          + "is not shown",
        "p.yaml:3:64: the value that is not shown is no partition expression",
        "p.yaml:4:22: the value that is not shown is no table's name",
        "p.yaml:5:12: expected a whole number of at least 0, found a value that is not shown",
        "p.yaml:6:17: expected a percentage such as 0.1% or a number of rows, found a value that is "
          + "not shown",
        "p.yaml:7:18: expected evolve, freeze, discard_row or discard_value, found a value that is "
          + "not shown",
      ]),
    HostileFile(
      "value not set is not judged as well",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      source_id: ${env:NOPE}

      """,
      [
        "p.yaml:5:12: the environment variable 'NOPE' is not set, set it, or write "
          + "${env:NOPE:-default}"
      ]),
    HostileFile(
      "name that comes from the environment",
      """
      version: 1
      pipeline: p
      source: {plugin: postgres, streams: ["${env:PW}", "${env:PW}"]}
      destination: {table: "b.{stream.schema}_{stream.name}"}

      """,
      [
        "p.yaml:3:38: the name that is not shown makes no table's name",
        "p.yaml:3:51: the stream that is not shown is listed twice, first at line 3",
        "p.yaml:3:51: the name that is not shown makes no table's name",
      ]),
    HostileFile(
      "query that comes from the environment",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      transforms: [{plugin: sql, config: {query: "${env:PW}"}}]

      """,
      [
        "p.yaml:5:44: the query that is not shown cannot be run batch by batch"
      ]),
  ]
}
