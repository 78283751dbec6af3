// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "@name@",
  products: [.library(name: "@name@", type: .dynamic, targets: ["@Type@"])],
  dependencies: [.package(name: "headrace-plugin", path: "@kit@")],
  targets: [
    .target(
      name: "@Type@", dependencies: [.product(name: "HeadracePlugin", package: "headrace-plugin")],
      // Nothing but the entry leaves the library: without the map it would export all its public symbols.
      linkerSettings: [.unsafeFlags(["-Xlinker", "--version-script=@kit@/C/plugin.map"])]),
    .testTarget(name: "@Type@Tests", dependencies: ["@Type@"]),
  ]
)
