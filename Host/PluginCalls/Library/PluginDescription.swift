import CHeadrace
import HostModel

/// What a library says of itself, after negotiation.
package struct PluginDescription: Sendable, Equatable {
  package var name: String
  package var version: String
  package var abiVersion: UInt32
  /// What it can do: `source`, `transform`, `detector`, `format`, `query`, `llm`.
  package var kinds: [String: KindDescription]

  package init(name: String, version: String, abiVersion: UInt32, kinds: [String: KindDescription]) {
    self.name = name
    self.version = version
    self.abiVersion = abiVersion
    self.kinds = kinds
  }

  /// The configuration's JSON Schema, by kind.
  package var schemas: [String: String] { kinds.mapValues(\.schema) }
}

/// What a library says of one of its kinds: its constants.
package struct KindDescription: Sendable, Equatable {
  /// The configuration's JSON Schema.
  package var schema: String
  /// Of the factory.
  package var instanceFlags: UInt32
  /// Of the kind's table.
  package var flags: UInt32
  /// The functions that a plugin may leave out, and this one has.
  package var optionalFunctions: Set<String>
  /// Of a format.
  package var fileExtension: String
  package var icebergName: String

  package init(
    schema: String, instanceFlags: UInt32 = 0, flags: UInt32 = 0, optionalFunctions: Set<String> = [],
    fileExtension: String = "", icebergName: String = ""
  ) {
    self.schema = schema
    self.instanceFlags = instanceFlags
    self.flags = flags
    self.optionalFunctions = optionalFunctions
    self.fileExtension = fileExtension
    self.icebergName = icebergName
  }

  func has(_ function: String) -> Bool { optionalFunctions.contains(function) }
}

/// The versions of the ABI that this host speaks.
package enum HostABI {
  package static let minimum: UInt32 = 1
  package static let maximum = UInt32(HEADRACE_ABI_VERSION)
}
