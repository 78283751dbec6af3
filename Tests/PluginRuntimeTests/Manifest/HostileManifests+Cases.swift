extension HostileManifests {
  private static let host = "expected a host such as api.example.com, api.example.com:8443 or *.example.com"

  static let cases: [HostileFile] = [
    HostileFile(
      "empty",
      """

      """,
      [
        "m.yaml:1:1: the file is empty"
      ]),
    HostileFile(
      "fields missing",
      """
      manifest: 1

      """,
      [
        "m.yaml:1:1: missing 'name': a name of letters, digits, '_' and '-'",
        "m.yaml:1:1: missing 'version': a version such as 1.4.0",
        "m.yaml:1:1: missing 'kinds': source, transform, detector, llm or format, or a list",
        "m.yaml:1:1: missing 'library': a library such as libexample.so, in the manifest's folder or below",
      ]),
    HostileFile(
      "of the future",
      """
      manifest: 2
      name: x
      version: 1.0.0
      kinds: [source]
      library: libx.so

      """,
      [
        "m.yaml:1:11: expected the number 1, found the number 2"
      ]),
    HostileFile(
      "library with a folder",
      """
      manifest: 1
      name: x
      version: 1.0.0
      kinds: [source]
      library: ../libx.so

      """,
      [
        "m.yaml:5:10: expected a library such as libexample.so, in the manifest's folder or below, found "
          + "the text '../libx.so'"
      ]),
    HostileFile(
      "library that is no library",
      """
      manifest: 1
      name: x
      version: 1.0.0
      kinds: [source]
      library: x.exe

      """,
      [
        "m.yaml:5:10: expected a library such as libexample.so, in the manifest's folder or below, found "
          + "the text 'x.exe'"
      ]),
    HostileFile(
      "kind unknown",
      """
      manifest: 1
      name: x
      version: 1.0.0
      kinds: [sorce]
      library: libx.so

      """,
      [
        "m.yaml:4:9: expected source, transform, detector, llm or format, found the text 'sorce', did you "
          + "mean 'source'?"
      ]),
    HostileFile(
      "kind reserved",
      """
      manifest: 1
      name: x
      version: 1.0.0
      kinds: [source, cdc]
      library: libx.so

      """,
      [
        "m.yaml:4:17: 'cdc' is reserved, not yet supported"
      ]),
    HostileFile(
      "kinds empty",
      """
      manifest: 1
      name: x
      version: 1.0.0
      kinds: []
      library: libx.so

      """,
      [
        "m.yaml:4:8: expected at least one kind"
      ]),
    HostileFile(
      "version as number",
      """
      manifest: 1
      name: x
      version: 1.0
      kinds: [source]
      library: libx.so

      """,
      [
        "m.yaml:3:10: expected a version such as 1.4.0, found the number 1.0, put it in quotes"
      ]),
    HostileFile(
      "hash too short",
      """
      manifest: 1
      name: x
      version: 1.0.0
      kinds: [source]
      library: libx.so
      sha256: abc

      """,
      [
        "m.yaml:6:9: expected a SHA-256 of 64 lower-case hexadecimal digits, found the text 'abc'"
      ]),
    HostileFile(
      "hash in capitals",
      """
      manifest: 1
      name: x
      version: 1.0.0
      kinds: [source]
      library: libx.so
      sha256: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA

      """,
      [
        "m.yaml:6:9: expected a SHA-256 of 64 lower-case hexadecimal digits, found the text "
          + "'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA...'"
      ]),
    HostileFile(
      "abi backwards",
      """
      manifest: 1
      name: x
      version: 1.0.0
      kinds: [source]
      library: libx.so
      abi: {min: 3, max: 2}

      """,
      [
        "m.yaml:6:12: 'min' is above 'max'"
      ]),
    HostileFile(
      "an isolation of nobody",
      """
      manifest: 1
      name: x
      version: 1.0.0
      kinds: [source]
      library: libx.so
      isolation: container

      """,
      [
        "m.yaml:6:12: expected in_process or worker, found the text 'container'"
      ]),
    HostileFile(
      "isolation misspelt",
      """
      manifest: 1
      name: x
      version: 1.0.0
      kinds: [source]
      library: libx.so
      isolation: in_proces

      """,
      [
        "m.yaml:6:12: expected in_process or worker, found the text 'in_proces', did you mean 'in_process'?"
      ]),
    HostileFile(
      "platform",
      """
      manifest: 1
      name: x
      version: 1.0.0
      kinds: [source]
      library: libx.so
      platform: [linux, linux-x86_64]

      """,
      [
        "m.yaml:6:12: expected a platform such as linux-x86_64, found the text 'linux'"
      ]),
    HostileFile(
      "permissions",
      """
      manifest: 1
      name: x
      version: 1.0.0
      kinds: [source]
      library: libx.so
      permissions: {network: [db, "db:99999"], read: [../x], env: [1A], memory: 1, nework: []}

      """,
      [
        "m.yaml:6:25: expected an endpoint such as db.example.org:5432, found the text 'db'",
        "m.yaml:6:29: expected an endpoint such as db.example.org:5432, found the text 'db:99999'",
        "m.yaml:6:49: expected a path without '..', found the text '../x'",
        "m.yaml:6:62: expected the name of an environment variable, found the text '1A'",
        "m.yaml:6:75: expected a size such as 128MiB, found the number 1, did you mean '1B'?",
        "m.yaml:6:78: unknown key 'nework', did you mean 'network'?",
      ]),
    HostileFile(
      "hosts for HTTP",
      """
      manifest: 1
      name: x
      version: 1.0.0
      kinds: [source]
      library: libx.so
      permissions:
        http: ["*", "*.com", "https://a.example.com", "a.example.com:0", "a b", "a.example.com", "*.${config:domain}:443"]

      """,
      [
        "m.yaml:7:10: \(host), found the text '*'", "m.yaml:7:15: \(host), found the text '*.com'",
        "m.yaml:7:24: \(host), found the text 'https://a.example.com'",
        "m.yaml:7:49: \(host), found the text 'a.example.com:0'", "m.yaml:7:68: \(host), found the text 'a b'",
      ]),
    HostileFile(
      "policy",
      """
      manifest: 1
      name: x
      version: 1.0.0
      kinds: [source]
      library: libx.so
      policy: {breaker: {failure_treshold: 5}}

      """,
      [
        "m.yaml:6:20: unknown key 'failure_treshold', did you mean 'failure_threshold'?"
      ]),
  ]
}
