extension HostileCases {
  /// Servers that do not answer, and connection strings that are none.
  static let servers: [HostileCase] = [
    HostileCase(
      "a server that is down", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: postgres, config: {dsn: "postgres://u:${env:HOSTILE_SECRET}@127.0.0.1:1/db"}, streams: [public.t]}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 1,
      errors: [
        "p.yaml:3:18: plugin 'postgres': discover: cannot connect to PostgreSQL: connection to server at \"127.0.0.1\", port 1 failed: Connection refused; Is the server running on that host and accepting TCP/IP connections? (5 attempts), run again when the dependency answers: positions are kept"
      ]),
    HostileCase(
      "a host without an address", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: postgres, config: {dsn: "postgres://u:${env:HOSTILE_SECRET}@no-such-host.invalid/db"}, streams: [public.t]}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 1,
      errors: [
        "p.yaml:3:18: plugin 'postgres': discover: cannot connect to PostgreSQL: could not translate host name \"no-such-host.invalid\" to address: Name or service not known (5 attempts), run again when the dependency answers: positions are kept"
      ]),
    HostileCase(
      "a DSN that is none", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: postgres, config: {dsn: "postgres://u:${env:HOSTILE_SECRET}@["}, streams: [public.t]}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:3:18: plugin 'postgres': discover: `dsn` is not a connection string: end of string reached when looking for matching \"...\" in IPv6 host address in URI: \"...\"; write `postgres://user@host:5432/database` or `host=... dbname=... user=...`"
      ]),
    HostileCase(
      "a password written down", ["validate", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: postgres, config: {dsn: "host=127.0.0.1 port=1 pasword=s3cret-Pa55word"}, streams: [public.t]}
        destination: {table: a.b}

        """,
        "data.csv": .text(sample),
      ], code: 2,
      errors: [
        "p.yaml:3:18: plugin 'postgres': discover: `dsn` is not a connection string: invalid connection option \"...\"; write `postgres://user@host:5432/database` or `host=... dbname=... user=...`"
      ]),
  ]
}
