extension HostileFiles {
  static let names: [HostileFile] = [
    HostileFile(
      "table climbs out",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: ../../etc.passwd}

      """,
      [
        "p.yaml:4:22: the table '../../etc.passwd' would leave the warehouse, write NAMESPACE.TABLE"
      ]),
    HostileFile(
      "table with a slash",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: bronze/orders}

      """,
      [
        "p.yaml:4:22: the table 'bronze/orders' would leave the warehouse, write NAMESPACE.TABLE"
      ]),
    HostileFile(
      "table that is absolute",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: /etc/passwd}

      """,
      [
        "p.yaml:4:22: the table '/etc/passwd' would leave the warehouse, write NAMESPACE.TABLE"
      ]),
    HostileFile(
      "table with a backslash",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: 'a\\b.c'}

      """,
      [
        "p.yaml:4:23: the table 'a\\b.c' would leave the warehouse, write NAMESPACE.TABLE"
      ]),
    HostileFile(
      "table with an empty part",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: bronze.}

      """,
      [
        "p.yaml:4:22: a part of the table's name 'bronze.' is empty, write NAMESPACE.TABLE"
      ]),
    HostileFile(
      "table without a namespace",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: orders}

      """,
      [
        "p.yaml:4:22: the table 'orders' has no namespace, write for example bronze.orders"
      ]),
    HostileFile(
      "table with a space",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: "bronze.my orders"}

      """,
      [
        "p.yaml:4:23: ' ' is not allowed in a table's name, use letters, digits, '_' and '-'"
      ]),
    HostileFile(
      "table with a line break",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: "bronze.a\\nb"}

      """,
      [
        "p.yaml:4:23: '\\n' is not allowed in a table's name, use letters, digits, '_' and '-'"
      ]),
    HostileFile(
      "placeholder misspelt",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: "bronze.{stream.nam}"}

      """,
      [
        "p.yaml:4:30: unknown placeholder '{stream.nam}' in a table's name, did you mean "
          + "'stream.name'?"
      ]),
    HostileFile(
      "placeholder unclosed",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: "bronze.{stream.name"}

      """,
      [
        "p.yaml:4:30: '{' without '}' in a table's name"
      ]),
    HostileFile(
      "table of a stream without schema",
      """
      version: 1
      pipeline: p
      source: {plugin: postgres, streams: [orders]}
      destination: {table: "bronze.{stream.schema}_{stream.name}"}

      """,
      [
        "p.yaml:3:38: the stream 'orders' has no schema, which {stream.schema} stands for, leave "
          + "{stream.schema} out"
      ]),
    HostileFile(
      "partition unknown",
      """
      version: 1
      pipeline: p
      source: {plugin: postgres, streams: [{name: s, partition: ["dya(created_at)", "bucket(id)", "day(a, b)", "day(a", ""]}]}
      destination: {table: a.b}

      """,
      [
        "p.yaml:3:60: unknown partition transform 'dya', did you mean 'day'?",
        "p.yaml:3:79: 'bucket' takes a number and a column, write for example bucket(16, id)",
        "p.yaml:3:93: 'day' takes a column and nothing else",
        "p.yaml:3:106: the partition expression 'day(a' has no ')' at its end",
        "p.yaml:3:115: '' is no partition expression, write for example day(created_at) or "
          + "bucket(16, id)",
      ]),
  ]
}
