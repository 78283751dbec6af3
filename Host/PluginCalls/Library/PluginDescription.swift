import CHeadrace
import HostModel

/// What a library says of itself, after negotiation.
package struct PluginDescription: Sendable, Equatable {
  package var name: String
  package var version: String
  package var abiVersion: UInt32
  /// The configuration's JSON Schema, by kind: `source`, `transform`, `detector`, `format`, `query`, `llm`.
  package var schemas: [String: String]

  package init(name: String, version: String, abiVersion: UInt32, schemas: [String: String]) {
    self.name = name
    self.version = version
    self.abiVersion = abiVersion
    self.schemas = schemas
  }
}

/// The versions of the ABI that this host speaks.
package enum HostABI {
  package static let minimum: UInt32 = 1
  package static let maximum = UInt32(HEADRACE_ABI_VERSION)
}
