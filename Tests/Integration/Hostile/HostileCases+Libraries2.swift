extension HostileCases {
  /// Libraries that are no plugins, or not the ones that their manifest describes.
  static let libraries2: [HostileCase] = [
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
      "DuckDB is not there", ["run", "p.yaml"],
      [
        "p.yaml": """
        version: 1
        pipeline: p
        source: {plugin: file, config: {path: data.csv}}
        transforms: [{plugin: sql, config: {query: SELECT * FROM input, library: /nowhere/libduckdb.so}}]
        destination: {table: a.b}

        """,
        "data.csv": "id\n1\n",
      ], code: 3,
      errors: [
        "p.yaml:4:23: plugin 'sql': create: DuckDB was not found beside the plugin or the executable, nor in a folder .deps/duckdb above them; name it by `library` in the configuration or by HEADRACE_LIBDUCKDB; /nowhere/libduckdb.so: cannot open shared object file: No such file or directory"
      ]),
    HostileCase(
      "a library of another version", ["plugins", "info", "broken"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: broken
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """,
        "plugins.d/libx.so": .library(from: "grown.c"),
      ], plugins: "plugins.d", code: 2,
      errors: [
        "{folder}/plugins.d/x.yaml:3:10: the library of the plugin 'broken' is version 2.0.0, not 1.0.0, correct 'version', or install the library that belongs to it"
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
    HostileCase(
      "another name", ["plugins", "info", "x"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: x
        version: 1.0.0
        kinds: [source]
        library: libx.so

        """,
        "plugins.d/libx.so": .library(from: "grown.c"),
      ], plugins: "plugins.d", code: 2,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:5:10: plugin 'x': the library is the plugin 'broken'; correct the manifest's 'name'"
      ]),
    HostileCase(
      "another kind", ["plugins", "info", "broken"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: broken
        version: 2.0.0
        kinds: [format]
        library: libx.so

        """,
        "plugins.d/libx.so": .library(from: "grown.c"),
      ], plugins: "plugins.d", code: 2,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:5:10: plugin 'broken': the library is no format; it is: detector; correct the manifest's 'kinds'"
      ]),
    HostileCase(
      "an ABI that the manifest does not allow", ["plugins", "info", "broken"],
      [
        "plugins.d/x.yaml": """
        manifest: 1
        name: broken
        version: 2.0.0
        kinds: [source]
        library: libx.so
        abi: {min: 2, max: 3}

        """,
        "plugins.d/libx.so": .library(from: "grown.c"),
      ], plugins: "plugins.d", code: 2,
      errors: [
        "headrace: {folder}/plugins.d/x.yaml:5:10: plugin 'broken': the library speaks ABI version 1, the manifest says 2 to 3"
      ]),
  ]
}
