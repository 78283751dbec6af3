extension HostileCases {
  /// Manifests that have to be refused.
  static let manifests: [HostileCase] = [
    HostileCase(
      "broken YAML", ["plugins", "list"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: x
        version: 1.0.0
        kinds: [source]
        library: libx.so
        permissions: {read: [

        """
      ], plugins: "plugins.d", code: 2,
      errors: [
        "{folder}/plugins.d/x.yaml:7:1: this is not valid YAML: did not find expected node content"
      ]),
    HostileCase(
      "a name with a space", ["plugins", "list"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: "x y"
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """
      ], plugins: "plugins.d", code: 2,
      errors: [
        "{folder}/plugins.d/x.yaml:2:7: expected a name of letters, digits, '_' and '-', found the text 'x y'"
      ]),
    HostileCase(
      "an unknown key", ["plugins", "list"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: x
        version: 1.0.0
        kinds: [source]
        library: libx.so
        isolaton: in_process

        """
      ], plugins: "plugins.d", code: 2,
      errors: [
        "{folder}/plugins.d/x.yaml:6:1: unknown key 'isolaton', did you mean 'isolation'?"
      ]),
    HostileCase(
      "a library with a path", ["plugins", "list"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: x
        version: 1.0.0
        kinds: [source]
        library: ../libx.so

        """
      ], plugins: "plugins.d", code: 2,
      errors: [
        "{folder}/plugins.d/x.yaml:5:10: expected a library such as libexample.so, in the manifest's folder or below, found the text '../libx.so'"
      ]),
    HostileCase(
      "a kind that is not there", ["plugins", "list"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: x
        version: 1.0.0
        kinds: [sorce]
        library: libx.so

        """
      ], plugins: "plugins.d", code: 2,
      errors: [
        "{folder}/plugins.d/x.yaml:4:9: expected source, transform, detector, llm or format, found the text 'sorce', did you mean 'source'?"
      ]),
    HostileCase(
      "a kind of later", ["plugins", "list"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: x
        version: 1.0.0
        kinds: [sink]
        library: libx.so

        """
      ], plugins: "plugins.d", code: 2,
      errors: [
        "{folder}/plugins.d/x.yaml:4:9: 'sink' is reserved, not yet supported"
      ]),
    HostileCase(
      "no kind", ["plugins", "list"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: x
        version: 1.0.0
        kinds: []
        library: libx.so

        """
      ], plugins: "plugins.d", code: 2,
      errors: [
        "{folder}/plugins.d/x.yaml:4:8: expected at least one kind"
      ]),
    HostileCase(
      "an isolation of nobody", ["plugins", "list"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: x
        version: 1.0.0
        kinds: [source]
        library: libx.so
        isolation: container

        """
      ], plugins: "plugins.d", code: 2,
      errors: [
        "{folder}/plugins.d/x.yaml:6:12: expected in_process or worker, found the text 'container'"
      ]),
    HostileCase(
      "an ABI range upside down", ["plugins", "list"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: x
        version: 1.0.0
        kinds: [source]
        library: libx.so
        abi: {min: 3, max: 1}

        """
      ], plugins: "plugins.d", code: 2,
      errors: [
        "{folder}/plugins.d/x.yaml:6:12: 'min' is above 'max'"
      ]),
    HostileCase(
      "a hash that is none", ["plugins", "list"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: x
        version: 1.0.0
        kinds: [source]
        library: libx.so
        sha256: abc

        """
      ], plugins: "plugins.d", code: 2,
      errors: [
        "{folder}/plugins.d/x.yaml:6:9: expected a SHA-256 of 64 lower-case hexadecimal digits, found the text 'abc'"
      ]),
    HostileCase(
      "a version that is none", ["plugins", "list"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: x
        version: one
        kinds: [source]
        library: libx.so

        """
      ], plugins: "plugins.d", code: 2,
      errors: [
        "{folder}/plugins.d/x.yaml:3:10: expected a version such as 1.4.0, found the text 'one'"
      ]),
    HostileCase(
      "another manifest format", ["plugins", "list"],
      [
        "plugins.d/x.yaml": """
        manifest: 2
        name: x
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """
      ], plugins: "plugins.d", code: 2,
      errors: [
        "{folder}/plugins.d/x.yaml:1:11: expected the number 1, found the number 2"
      ]),
    HostileCase(
      "a name twice", ["plugins", "list"],
      [
        "plugins.d/a.yaml": """
        manifest: 1
        name: x
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """,
        "plugins.d/b.yaml": """
        manifest: 1
        name: x
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """,
      ], plugins: "plugins.d", code: 2,
      errors: [
        "{folder}/plugins.d/b.yaml:2:7: the plugin 'x' is already that of {folder}/plugins.d/a.yaml"
      ]),
  ]
}
