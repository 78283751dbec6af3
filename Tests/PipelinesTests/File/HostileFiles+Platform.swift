extension HostileFiles {
  static let platform: [HostileFile] = [
    HostileFile(
      "no version",
      """
      home: x

      """,
      [
        "f.yaml:1:1: missing 'version': the number 1"
      ]),
    HostileFile(
      "unknown and reserved",
      """
      version: 1
      hoem: x
      cache: {redis: {}}
      lanes: {count: 2, max_lost: 3}
      memory: {limit: 16MiB, batch: 32MiB}

      """,
      [
        "f.yaml:2:1: unknown key 'hoem', did you mean 'home'?",
        "f.yaml:3:1: 'cache' is reserved, not yet supported",
        "f.yaml:4:29: 'max_lost' is above 'count'",
        "f.yaml:5:31: 'batch' is above 'limit'",
      ]),
    HostileFile(
      "environment with a mistake",
      """
      version: 1
      environments:
        prod: {home: "${env:NOPE}", lanes: {cout: 8}}

      """,
      [
        "f.yaml:3:17: the environment variable 'NOPE' is not set, set it, or write "
          + "${env:NOPE:-default}",
        "f.yaml:3:39: unknown key 'cout', did you mean 'count'?",
      ]),
  ]
}
