extension HostileFiles {
  static let combinations: [HostileFile] = [
    HostileFile(
      "full and append",
      """
      version: 1
      pipeline: p
      source: {plugin: postgres, streams: [{name: s, read: full, write: append}]}
      destination: {table: a.b}

      """,
      [
        "p.yaml:3:54: 'read: full' with 'write: append' adds every row again at every run, use "
          + "'write: replace', or say 'allow_duplicates: true'"
      ]),
    HostileFile(
      "full and append by the destination",
      """
      version: 1
      pipeline: p
      source: {plugin: postgres, streams: [{name: s, read: full}]}
      destination: {table: a.b, write: append}

      """,
      [
        "p.yaml:3:54: 'read: full' with 'write: append' adds every row again at every run, use "
          + "'write: replace', or say 'allow_duplicates: true'"
      ]),
    HostileFile(
      "new files and replace",
      """
      version: 1
      pipeline: p
      source: {plugin: file, streams: [{name: s, read: new_files, write: replace}]}
      destination: {table: a.b}

      """,
      [
        "p.yaml:3:50: 'read: new_files' with 'write: replace' would keep only the rows of the newest "
          + "files, use 'read: full' or 'write: append'"
      ]),
    HostileFile(
      "cursor without incremental",
      """
      version: 1
      pipeline: p
      source: {plugin: postgres, streams: [{name: s, read: full, cursor: {column: u}}]}
      destination: {table: a.b}

      """,
      [
        "p.yaml:3:68: 'cursor' is only for 'read: incremental'"
      ]),
    HostileFile(
      "incremental without cursor",
      """
      version: 1
      pipeline: p
      source: {plugin: postgres, streams: [{name: s, read: incremental}]}
      destination: {table: a.b}

      """,
      [
        "p.yaml:3:54: 'incremental' is reserved, not yet supported",
        "p.yaml:3:54: 'read: incremental' needs 'cursor: {column: NAME}'",
      ]),
    HostileFile(
      "upsert without key",
      """
      version: 1
      pipeline: p
      source: {plugin: postgres, streams: [{name: s, write: upsert}]}
      destination: {table: a.b}

      """,
      [
        "p.yaml:3:55: 'upsert' is reserved, not yet supported",
        "p.yaml:3:55: 'write: upsert' needs 'key: [COLUMN]'",
      ]),
    HostileFile(
      "stream listed twice",
      """
      version: 1
      pipeline: p
      source: {plugin: postgres, streams: [a, a]}
      destination: {table: "b.{stream.name}"}

      """,
      [
        "p.yaml:3:41: the stream 'a' is listed twice, first at line 3"
      ]),
    HostileFile(
      "many streams into one table",
      """
      version: 1
      pipeline: p
      source: {plugin: postgres, streams: [a, c]}
      destination: {table: a.b}

      """,
      [
        "p.yaml:4:22: several streams would be written to the table 'a.b', use {stream.name} in the "
          + "table's name"
      ]),
    HostileFile(
      "a pattern into one table",
      """
      version: 1
      pipeline: p
      source: {plugin: postgres, streams: [{name: "public.*", table: b.all}]}
      destination: {table: a.b}

      """,
      [
        "p.yaml:3:64: every stream of the pattern 'public.*' would be written to one table, use "
          + "{stream.name} in the table's name"
      ]),
    HostileFile(
      "two streams with one table",
      """
      version: 1
      pipeline: p
      source: {plugin: postgres, streams: [x.a, y.a]}
      destination: {table: "b.{stream.name}"}

      """,
      [
        "p.yaml:3:43: the table 'b.a' is already that of the stream 'x.a'"
      ]),
    HostileFile(
      "no table",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {write: replace}

      """,
      [
        "p.yaml:4:14: missing 'table': a table such as bronze.orders, or give every stream its own "
          + "'table'"
      ]),
    HostileFile(
      "stage for no stream",
      """
      version: 1
      pipeline: p
      source: {plugin: postgres, streams: [public.customers]}
      destination: {table: a.b}
      transforms:
        - plugin: map
          streams: [public.custmers]

      """,
      [
        "p.yaml:7:15: no stream of the source matches 'public.custmers', did you mean "
          + "'public.customers'?"
      ]),
  ]
}
