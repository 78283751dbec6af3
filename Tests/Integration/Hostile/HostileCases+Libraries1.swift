extension HostileCases {
  /// Libraries that are no plugins, or not the ones that their manifest describes.
  static let libraries1: [HostileCase] = [
    HostileCase(
      "a library that is not there", ["plugins", "info", "x"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: x
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """
      ], plugins: "plugins.d", code: 3,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:5:10: plugin 'x': the library 'libx.so' is in none of {folder}/plugins.d, {program}, {installation}/lib/headrace/plugins; run 'make build', or put the library beside its manifest"
      ]),
    HostileCase(
      "a text for a library", ["plugins", "info", "x"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: x
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """,
        "plugins.d/libx.so":
          "#!/bin/sh\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
      ], plugins: "plugins.d", code: 2,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:5:10: plugin 'x': {folder}/plugins.d/libx.so: is not an ELF shared object"
      ]),
    HostileCase(
      "an empty library", ["plugins", "info", "x"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: x
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """,
        "plugins.d/libx.so": "",
      ], plugins: "plugins.d", code: 2,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:5:10: plugin 'x': {folder}/plugins.d/libx.so: is not an ELF shared object"
      ]),
    HostileCase(
      "a program for a library", ["plugins", "info", "x"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: x
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """,
        "plugins.d/libx.so": .bytes([
          127, 69, 76, 70, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 62, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
          0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
          0, 0, 0, 0, 0, 0, 0, 0,
        ]),
      ], plugins: "plugins.d", code: 2,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:5:10: plugin 'x': {folder}/plugins.d/libx.so: is an ELF file, but no 64-bit shared object for this machine"
      ]),
    HostileCase(
      "a library of another machine", ["plugins", "info", "x"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: x
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """,
        "plugins.d/libx.so": .bytes([
          127, 69, 76, 70, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 243, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
          0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
          0, 0, 0, 0, 0, 0, 0, 0, 0,
        ]),
      ], plugins: "plugins.d", code: 2,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:5:10: plugin 'x': {folder}/plugins.d/libx.so: is an ELF file, but no 64-bit shared object for this machine"
      ]),
    HostileCase(
      "a torn library", ["plugins", "info", "x"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: x
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """,
        "plugins.d/libx.so": .bytes([
          127, 69, 76, 70, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 62, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
          0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
          0, 0, 0, 0, 0, 0, 0, 0,
        ]),
      ], plugins: "plugins.d", code: 3,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:5:10: plugin 'x': {folder}/home/plugins/{hash}/libx.so: cannot be loaded: ELF file version does not match current one"
      ]),
    HostileCase(
      "a library without the entry point", ["plugins", "info", "broken"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: broken
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """,
        "plugins.d/libx.so": .library(from: "missing_symbol.c"),
      ], plugins: "plugins.d", code: 2,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:5:10: plugin 'broken': {folder}/home/plugins/{hash}/libx.so: is not a Headrace plugin: it does not export headrace_plugin_entry"
      ]),
    HostileCase(
      "a library of a later ABI", ["plugins", "info", "broken"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: broken
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """,
        "plugins.d/libx.so": .library(from: "version_99.c"),
      ], plugins: "plugins.d", code: 2,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:5:10: plugin 'broken': {folder}/home/plugins/{hash}/libx.so: wants ABI version 99; this host speaks 1 to 1; build the plugin for this host's ABI"
      ]),
    HostileCase(
      "a library that declines the host's ABI", ["plugins", "info", "broken"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: broken
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """,
        "plugins.d/libx.so": .library(from: "declines.c"),
      ], plugins: "plugins.d", code: 2,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:5:10: plugin 'broken': {folder}/home/plugins/{hash}/libx.so: declines ABI versions 1 to 1: needs ABI version 7; build the plugin for this host's ABI"
      ]),
    HostileCase(
      "an entry of the wrong size", ["plugins", "info", "broken"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: broken
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """,
        "plugins.d/libx.so": .library(from: "short_entry.c"),
      ], plugins: "plugins.d", code: 2,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:5:10: plugin 'broken': {folder}/home/plugins/{hash}/libx.so: the structure that headrace_plugin_entry returns is missing or shorter than 72 bytes; set struct_size to sizeof(headrace_entry)"
      ]),
    HostileCase(
      "an entry that is null", ["plugins", "info", "broken"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: broken
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """,
        "plugins.d/libx.so": .library(from: "null_entry.c"),
      ], plugins: "plugins.d", code: 2,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:5:10: plugin 'broken': {folder}/home/plugins/{hash}/libx.so: the structure that headrace_plugin_entry returns is missing or shorter than 72 bytes; set struct_size to sizeof(headrace_entry)"
      ]),
    HostileCase(
      "an entry without a name", ["plugins", "info", "broken"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: broken
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """,
        "plugins.d/libx.so": .library(from: "incomplete_entry.c"),
      ], plugins: "plugins.d", code: 2,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:5:10: plugin 'broken': {folder}/home/plugins/{hash}/libx.so: headrace_entry lacks its name or a function"
      ]),
    HostileCase(
      "a table without a function", ["plugins", "info", "broken"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: broken
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """,
        "plugins.d/libx.so": .library(from: "missing_function.c"),
      ], plugins: "plugins.d", code: 2,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:5:10: plugin 'broken': {folder}/home/plugins/{hash}/libx.so: the table of kind 'source' lacks a function"
      ]),
    HostileCase(
      "a library that offers nothing", ["plugins", "info", "broken"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: broken
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """,
        "plugins.d/libx.so": .library(from: "nothing.c"),
      ], plugins: "plugins.d", code: 2,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:5:10: plugin 'broken': the library is no source; it is: nothing; correct the manifest's 'kinds'"
      ]),
    HostileCase(
      "a library with a symbol that is nowhere", ["plugins", "info", "broken"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: broken
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """,
        "plugins.d/libx.so": .library(from: "unresolved.c"),
      ], plugins: "plugins.d", code: 3,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:5:10: plugin 'broken': {folder}/home/plugins/{hash}/libx.so: cannot be loaded: undefined symbol: this_is_nowhere"
      ]),
    HostileCase(
      "a library that crashes when it is loaded", ["plugins", "info", "broken"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: broken
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """,
        "plugins.d/libx.so": .library(from: "crashes.c"),
      ], plugins: "plugins.d", code: 1,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:5:10: plugin 'broken': {folder}/home/plugins/{hash}/libx.so: crashed with signal 6 when it was loaded: the constructor is unhappy"
      ]),
    HostileCase(
      "a library that ends the process", ["plugins", "info", "broken"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: broken
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """,
        "plugins.d/libx.so": .library(from: "exits.c"),
      ], plugins: "plugins.d", code: 1,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:5:10: plugin 'broken': {folder}/home/plugins/{hash}/libx.so: ended the process with exit code 0 when it was loaded"
      ]),
    HostileCase(
      "a library that writes to standard output", ["plugins", "info", "broken"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: broken
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """,
        "plugins.d/libx.so": .library(from: "writes.c"),
      ], plugins: "plugins.d", code: 1,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:5:10: plugin 'broken': {folder}/home/plugins/{hash}/libx.so: wrote to standard output when it was loaded; a plugin logs through the host, and does nothing before it is asked"
      ]),
    HostileCase(
      "a library that is another one's", ["plugins", "info", "broken"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: broken
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """,
        "plugins.d/libx.so": .library(from: "program.c"),
      ], plugins: "plugins.d", code: 2,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:5:10: plugin 'broken': {folder}/home/plugins/{hash}/libx.so: is not a Headrace plugin: it does not export headrace_plugin_entry"
      ]),
    HostileCase(
      "a factory that is missing", ["plugins", "info", "broken"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: broken
        version: 1.0.0
        kinds: [transform]
        library: libx.so

        """,
        "plugins.d/libx.so": .library(from: "missing_factory.c"),
      ], plugins: "plugins.d", code: 2,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:5:10: plugin 'broken': {folder}/home/plugins/{hash}/libx.so: the factory of kind 'transform' is missing, too short, or lacks a function"
      ]),
    HostileCase(
      "a table of the wrong size", ["plugins", "info", "broken"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: broken
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """,
        "plugins.d/libx.so": .library(from: "short_table.c"),
      ], plugins: "plugins.d", code: 2,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:5:10: plugin 'broken': {folder}/home/plugins/{hash}/libx.so: the table 'headrace.source/1' says that it is shorter than 64 bytes; set its struct_size to its sizeof"
      ]),
    HostileCase(
      "another hash", ["plugins", "info", "broken"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: broken
        version: 1.0.0
        kinds: [source]
        library: libx.so
        sha256: abababababababababababababababababababababababababababababababab

        """,
        "plugins.d/libx.so": .library(from: "grown.c"),
      ], plugins: "plugins.d", code: 2,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:6:9: plugin 'broken': {folder}/plugins.d/libx.so: has the SHA-256 {hash}, but {hash} is stated for it; restore the library, or state the new hash if you trust it"
      ]),
  ]
}
