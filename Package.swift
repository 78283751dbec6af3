// swift-tools-version: 6.2
import PackageDescription

// Arrow C++ and DuckDB come from `.deps/`, which `make setup` fills; the run path lets a plugin find them without
// an environment variable. An installed system Arrow wins: its pkg-config file then has the same name.
let arrowLibraries = Context.packageDirectory + "/.deps/arrow/lib"

let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]
let cxxStrict: [CXXSetting] = [
  // In C++20 clang would take our headers for modules, which SwiftPM does not build for C++.
  .unsafeFlags([
    "-Wall", "-Wextra", "-Werror", "-fno-cxx-modules", "-fvisibility=hidden", "-fvisibility-inlines-hidden",
  ])
]

/// Only the entry point leaves a plugin: without the script a Swift plugin exports some forty symbols of its own.
let exportsOnlyTheEntry: [LinkerSetting] = [
  .unsafeFlags(["-Xlinker", "--version-script=" + Context.packageDirectory + "/PluginAPI/C/plugin.map"])
]

func host(_ name: String, _ path: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, path: "Host/" + path, swiftSettings: strict)
}

func tests(
  _ name: String, _ path: String, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, path: "Tests/" + path, exclude: exclude, swiftSettings: strict)
}

/// A first-party plugin in Swift: sees the authoring layer and nothing of the host.
func swiftPlugin(_ name: String, _ path: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(
    name: name, dependencies: ["HeadracePlugin", "CHeadrace", "CArrow"] + dependencies, path: "Plugins/" + path,
    exclude: ["README.md"], swiftSettings: strict, linkerSettings: exportsOnlyTheEntry)
}

/// A first-party plugin wholly in C++, because the library that it stands on is C++.
func cxxPlugin(
  _ name: String, _ path: String, _ dependencies: [Target.Dependency] = [], linker: [LinkerSetting] = []
) -> Target {
  .target(
    name: name, dependencies: ["HeadraceCxx", "CHeadrace", "CArrow"] + dependencies, path: "Plugins/" + path,
    exclude: ["README.md"], publicHeadersPath: ".", cxxSettings: cxxStrict,
    linkerSettings: exportsOnlyTheEntry + linker)
}

func plugin(_ product: String, _ target: String) -> Product {
  .library(name: product, type: .dynamic, targets: [target])
}

let package = Package(
  name: "headrace",
  products: [
    .executable(name: "headrace", targets: ["headrace"]),
    .executable(name: "headrace-worker", targets: ["headrace-worker"]),
    plugin("headrace-file", "FileSource"),
    plugin("headrace-postgres", "PostgresSource"),
    plugin("headrace-map", "MapTransform"),
    plugin("headrace-sql", "SQLTransform"),
    plugin("headrace-threshold", "ThresholdDetector"),
    plugin("headrace-statistical", "StatisticalDetector"),
    plugin("headrace-parquet", "ParquetFormat"),
    // A plugin of every kind that fails by script: for tests and simulations only.
    plugin("headrace-scripted", "ScriptedPlugin"),
    // Plugins that misbehave, and that nobody trusts.
    plugin("headrace-test-zoo", "ZooPlugin"),
    plugin("headrace-test-zoo-throws", "ZooThrowsPlugin"),
    plugin("headrace-test-zoo-swift", "ZooSwiftPlugin"),
    // Asks over HTTP.
    plugin("headrace-test-http", "HTTPPlugin"),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
  ],
  targets: [
    // The contract.
    .target(name: "CArrow", path: "PluginAPI/Arrow", publicHeadersPath: "include"),
    .target(
      name: "CHeadrace", dependencies: ["CArrow"], path: "PluginAPI/C", exclude: ["plugin.map"],
      publicHeadersPath: "include"),
    .target(
      name: "HeadraceCxx", dependencies: ["CHeadrace", "CArrow"], path: "PluginAPI/Cxx",
      publicHeadersPath: "include", cxxSettings: cxxStrict),
    .target(
      name: "HeadracePlugin", dependencies: ["CHeadrace", "CArrow"], path: "PluginAPI/Swift", swiftSettings: strict),

    // C that Swift cannot reach by itself.
    .target(name: "CLinux", path: "Host/System/Linux", publicHeadersPath: "include"),
    .target(
      name: "CSandbox", path: "Host/System/Sandbox", publicHeadersPath: "include",
      cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Wpedantic", "-Werror"])]),
    .systemLibrary(name: "CYaml", path: "Host/System/Yaml", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(
      name: "CPostgres", path: "Host/System/Postgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(
      name: "CCurl", path: "Host/System/Curl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(
      name: "CSimdjson", path: "Host/System/Simdjson", pkgConfig: "simdjson", providers: [.apt(["libsimdjson-dev"])]),
    .systemLibrary(name: "CArrowCxx", path: "Host/System/ArrowCxx", pkgConfig: "headrace-arrow"),

    // The host, in the order in which dependencies point.
    host("HostModel", "Model", ["CArrow"]),
    host("HostPolicy", "Policy", ["HostModel"]),
    host("HostFormats", "Formats", ["HostModel", "CYaml", "CArrow"]),
    host("HostPolicyFile", "PolicyFile", ["HostModel", "HostPolicy", "HostFormats"]),
    host("HostGate", "Gate", ["HostModel", "HostPolicy"]),
    host("HostHTTP", "System/HTTP", ["HostModel", "CCurl"]),
    host("HostSystem", "System/Host", ["HostModel", "CLinux", "CSandbox"]),
    host(
      "HostPluginCalls", "PluginCalls",
      ["HostModel", "HostPolicy", "HostFormats", "HostGate", "CHeadrace", "CArrow", "CLinux"]),
    host(
      "HostPluginRuntime", "PluginRuntime",
      [
        "HostModel", "HostPolicy", "HostFormats", "HostPolicyFile", "HostGate", "HostPluginCalls",
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    host("HostObjects", "Storage/Objects", ["HostModel", "HostGate"]),
    host("HostQueue", "Storage/Queue", ["HostModel"]),
    host("HostCache", "Storage/Cache", ["HostModel", .product(name: "GRDB", package: "GRDB.swift")]),
    host(
      "HostLake", "Storage/Lake",
      ["HostModel", "HostPolicy", "HostFormats", "HostGate", "CArrow", .product(name: "GRDB", package: "GRDB.swift")]),
    host(
      "HostIntelligence", "Intelligence",
      [
        "HostModel", "HostPolicy", "HostFormats", "HostPolicyFile", "HostGate", "HostPluginCalls", "HostPluginRuntime",
        "HostCache", .product(name: "Crypto", package: "swift-crypto"),
      ]),
    host(
      "HostPipelines", "Pipelines",
      [
        "HostModel", "HostPolicy", "HostFormats", "HostPolicyFile", "HostGate", "HostPluginCalls", "HostPluginRuntime",
        "HostObjects", "HostLake", "HostQueue", "HostNotifications", "CArrow",
      ]),
    host(
      "HostNotifications", "Control/Notifications",
      ["HostModel", "HostPolicy", "HostFormats", "HostGate", "HostHTTP", "CCurl"]),
    .target(
      name: "HostControl", dependencies: ["HostModel", "HostPolicy", "HostFormats", "HostGate"], path: "Host/Control",
      exclude: ["Notifications"], swiftSettings: strict),
    .executableTarget(
      name: "headrace",
      dependencies: [
        "HostModel", "HostPolicy", "HostFormats", "HostGate", "HostSystem", "HostHTTP", "HostPluginCalls",
        "HostPluginRuntime", "HostObjects", "HostCache", "HostLake", "HostQueue", "HostNotifications", "HostPipelines",
        "HostIntelligence", "HostControl", "HostPolicyFile",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Host/CLI", swiftSettings: strict),

    .executableTarget(
      name: "headrace-worker", dependencies: ["HostModel", "HostSystem", "HostPluginCalls"], path: "Host/Worker",
      swiftSettings: strict),

    // First-party plugins.
    cxxPlugin("FileSource", "Sources/File", ["CSimdjson"], linker: [.linkedLibrary("z")]),
    swiftPlugin("PostgresSource", "Sources/Postgres", ["CPostgres"]),
    swiftPlugin("MapTransform", "Transforms/Map"),
    cxxPlugin("SQLTransform", "Transforms/SQL", ["CSimdjson"]),
    swiftPlugin("ThresholdDetector", "Detectors/Threshold"),
    swiftPlugin("StatisticalDetector", "Detectors/Statistical"),
    cxxPlugin(
      "ParquetFormat", "Formats/Parquet", ["CArrowCxx", "CSimdjson"],
      linker: [.unsafeFlags(["-Xlinker", "-rpath", "-Xlinker", arrowLibraries])]),

    // Tests.
    .target(
      name: "ScriptedPlugin", dependencies: ["CHeadrace", "CArrow"], path: "Tests/Plugins/Scripted",
      exclude: ["README.md"], publicHeadersPath: "include",
      cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror", "-fvisibility=hidden"])]),
    .target(
      name: "ZooPlugin", dependencies: ["CHeadrace", "CArrow"], path: "Tests/Plugins/Zoo",
      exclude: ["README.md", "clauses.txt", "Cxx"], publicHeadersPath: "include",
      cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fvisibility=hidden"])],
      linkerSettings: [.linkedLibrary("m")]),
    .target(
      name: "ZooThrowsPlugin", dependencies: ["CHeadrace", "CArrow"], path: "Tests/Plugins/Zoo/Cxx",
      publicHeadersPath: ".", cxxSettings: cxxStrict, linkerSettings: exportsOnlyTheEntry),
    .target(
      name: "ZooSwiftPlugin", dependencies: ["HeadracePlugin", "CHeadrace", "CArrow"], path: "Tests/Plugins/ZooSwift",
      swiftSettings: strict, linkerSettings: exportsOnlyTheEntry),
    .executableTarget(
      name: "fuzz-worker", path: "Tests/FuzzWorker", exclude: ["README.md"],
      cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Wpedantic", "-Werror"])],
      linkerSettings: [.linkedLibrary("pthread")]),
    .executableTarget(
      name: "old-kernel", path: "Tests/OldKernel",
      cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Wpedantic", "-Werror"])]),
    .target(
      name: "HTTPPlugin", dependencies: ["CHeadrace", "CArrow"], path: "Tests/Plugins/HTTP", exclude: ["README.md"],
      publicHeadersPath: "include",
      cSettings: [
        .headerSearchPath("../../../PluginAPI/C/kit"),
        .unsafeFlags(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fvisibility=hidden"]),
      ]),
    .target(
      name: "TestSupport", dependencies: ["HostModel", "CArrow"], path: "Tests/Support",
      exclude: ["Integration/crashpoint.c"], swiftSettings: strict),
    tests("SupportTests", "SupportTests", ["HostModel", "TestSupport", "CArrow"]),
    .executableTarget(
      name: "gate-benchmark", dependencies: ["HostModel", "HostPolicy", "HostGate", "HostSystem"],
      path: "Tests/Benchmarks/Gate", swiftSettings: strict),
    .executableTarget(
      name: "worker-benchmark", dependencies: ["HostModel", "HostPolicy", "HostGate", "HostSystem", "HostPluginCalls"],
      path: "Tests/Benchmarks/Worker", swiftSettings: strict),
    tests("HostModelTests", "ModelTests", ["HostModel", "TestSupport", "CArrow"]),
    tests("HostPolicyTests", "PolicyTests", ["HostModel", "HostPolicy", "TestSupport"]),
    tests(
      "HostPolicyFileTests", "PolicyFileTests",
      ["HostModel", "HostPolicy", "HostFormats", "HostPolicyFile", "TestSupport"]
    ),
    tests("HostFormatsTests", "FormatsTests", ["HostModel", "HostFormats", "TestSupport", "CArrow"]),
    tests("HostGateTests", "GateTests", ["HostModel", "HostPolicy", "HostGate", "TestSupport"]),
    tests(
      "HostPluginRuntimeTests", "PluginRuntimeTests",
      [
        "HostModel", "HostPolicy", "HostFormats", "HostPolicyFile", "HostGate", "HostPluginCalls", "HostPluginRuntime",
        "HostSystem", "HostHTTP", "TestSupport", "CArrow", "CHeadrace", "headrace", "ScriptedPlugin",
      ]),
    tests("HostQueueTests", "QueueTests", ["HostModel", "HostQueue", "HostSystem", "TestSupport"]),
    tests(
      "HostObjectsTests", "ObjectsTests",
      ["HostModel", "HostPolicy", "HostGate", "HostObjects", "HostSystem", "TestSupport"]),
    tests("HostCacheTests", "CacheTests", ["HostModel", "HostCache"]),
    tests(
      "HostLakeTests", "LakeTests",
      [
        "HostModel", "HostFormats", "HostLake", "HostObjects", "HostGate", "HostSystem", "TestSupport", "CArrow",
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    tests(
      "HostPipelinesTests", "PipelinesTests",
      [
        "HostModel", "HostFormats", "HostGate", "HostSystem", "HostPluginCalls", "HostPluginRuntime", "HostLake",
        "HostPipelines", "TestSupport", "CArrow",
      ]),
    tests(
      "HostControlTests", "ControlTests",
      ["HostModel", "HostPolicy", "HostFormats", "HostGate", "HostControl", "HostSystem", "TestSupport"]),
    tests(
      "HostNotificationsTests", "NotificationTests",
      [
        "HostModel", "HostPolicy", "HostFormats", "HostGate", "HostSystem", "HostHTTP", "HostNotifications",
        "TestSupport",
      ]),
    tests(
      "SimulationTests", "Simulation",
      [
        "HostModel", "HostPolicy", "HostFormats", "HostGate", "HostSystem", "HostPluginCalls", "HostPluginRuntime",
        "HostObjects", "HostLake", "HostQueue", "HostControl", "HostPipelines", "TestSupport", "headrace",
        "ScriptedPlugin",
      ]),
    tests("HeadracePluginTests", "HeadracePluginTests", ["CHeadrace", "CArrow", "HeadracePlugin"]),
    tests("SwiftPluginTests", "SwiftPlugins", ["CHeadrace", "CArrow", "HeadracePlugin"]),
    tests(
      "PluginTests", "Plugins", ["TestSupport", "CHeadrace", "CArrow"],
      exclude: ["HTTP", "Scripted", "Broken", "Zoo", "ZooSwift"]),
    tests("IntegrationTests", "Integration", ["HostModel", "HostSystem", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c11,
  cxxLanguageStandard: .cxx20
)
