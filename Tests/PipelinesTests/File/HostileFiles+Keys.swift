extension HostileFiles {
  static let keys: [HostileFile] = [
    HostileFile(
      "duplicate key at the top",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      pipeline: q

      """,
      [
        "p.yaml:5:1: duplicate key 'pipeline', first at line 2"
      ]),
    HostileFile(
      "duplicate key below",
      """
      version: 1
      pipeline: p
      source:
        plugin: file
        config: {path: a, path: b}
      destination: {table: a.b}

      """,
      [
        "p.yaml:5:21: duplicate key 'path', first at line 5"
      ]),
    HostileFile(
      "unknown key, near",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      transfroms: []

      """,
      [
        "p.yaml:5:1: unknown key 'transfroms', did you mean 'transforms'?"
      ]),
    HostileFile(
      "unknown key, far",
      """
      version: 1
      pipeline: p
      source: {plugin: file, colour: red}
      destination: {table: a.b}
      zzz: 1

      """,
      [
        "p.yaml:3:24: unknown key 'colour', known here: plugin, config and streams",
        "p.yaml:5:1: unknown key 'zzz', known here: version, pipeline, source_id, vars, source, "
          + "transforms, detectors, destination, schema, on_error and policy",
      ]),
    HostileFile(
      "missing keys",
      """
      version: 1

      """,
      [
        "p.yaml:1:1: missing 'pipeline': a name of letters, digits, '_' and '-'",
        "p.yaml:1:1: missing 'source': a mapping",
        "p.yaml:1:1: missing 'destination': a mapping",
      ]),
    HostileFile(
      "empty sections",
      """
      version: 1
      pipeline:
      source:
      destination:

      """,
      [
        "p.yaml:2:10: expected a name of letters, digits, '_' and '-', found nothing",
        "p.yaml:3:8: expected a mapping, found nothing",
        "p.yaml:4:13: expected a mapping, found nothing",
        "p.yaml:4:13: missing 'table': a table such as bronze.orders, or give every stream its own "
          + "'table'",
      ]),
    HostileFile(
      "version missing",
      """
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}

      """,
      [
        "p.yaml:1:1: missing 'version': the number 1"
      ]),
    HostileFile(
      "version of the future",
      """
      version: 2
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}

      """,
      [
        "p.yaml:1:10: expected the number 1, found the number 2"
      ]),
    HostileFile(
      "version as text",
      """
      version: "1"
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}

      """,
      [
        "p.yaml:1:10: expected the number 1, found the text '1'"
      ]),
    HostileFile(
      "reserved keys",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      schedule: {cron: "* * * * *"}
      tests: []
      environments: {}
      isolation: worker
      quality: {}
      mapping: {}
      healing: {}

      """,
      [
        "p.yaml:5:1: 'schedule' is reserved, not yet supported",
        "p.yaml:6:1: 'tests' is reserved, not yet supported",
        "p.yaml:7:1: 'environments' is reserved, not yet supported",
        "p.yaml:8:1: 'isolation' is reserved, not yet supported",
        "p.yaml:9:1: 'quality' is reserved, not yet supported",
        "p.yaml:10:1: 'mapping' is reserved, not yet supported",
        "p.yaml:11:1: 'healing' is reserved, not yet supported",
      ]),
    HostileFile(
      "reserved read and write",
      """
      version: 1
      pipeline: p
      source: {plugin: postgres, streams: [{name: s, read: incremental, cursor: {column: u}, key: [id], write: upsert}]}
      destination: {table: a.b}

      """,
      [
        "p.yaml:3:54: 'incremental' is reserved, not yet supported",
        "p.yaml:3:106: 'upsert' is reserved, not yet supported",
      ]),
    HostileFile(
      "reserved scope",
      """
      version: 1
      pipeline: p
      source: {plugin: file}
      destination: {table: a.b}
      transforms: [{plugin: sql, scope: table}]

      """,
      [
        "p.yaml:5:35: 'table' is reserved, not yet supported"
      ]),
  ]
}
