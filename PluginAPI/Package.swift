// swift-tools-version: 6.2
import PackageDescription

// The authoring layer as a package of its own, for plugins that are built outside of Headrace's repository: of the host
// it needs nothing, and the folder may be copied to any place. The repository's package has the same targets at the
// same paths; SwiftPM takes no notice of this file there.
let package = Package(
  name: "headrace-plugin",
  products: [
    // With the C modules, since a plugin's entry is declared by a header.
    .library(name: "HeadracePlugin", targets: ["HeadracePlugin", "CHeadrace", "CArrow"])
  ],
  targets: [
    .target(name: "CArrow", path: "Arrow", publicHeadersPath: "include"),
    // Only `layout.c` is compiled: what else lies in the folder is for linkers, and for plugins in C.
    .target(
      name: "CHeadrace", dependencies: ["CArrow"], path: "C", sources: ["layout.c"], publicHeadersPath: "include"),
    .target(
      name: "HeadracePlugin", dependencies: ["CHeadrace", "CArrow"], path: "Swift",
      // No warning is an error here: a newer compiler may warn of what this one does not, and that is nothing that the
      // author of a plugin could mend.
      swiftSettings: [.enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault")]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c11
)
