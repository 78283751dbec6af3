/// The customer that a pipeline belongs to. Every identifier, metric and event carries it.
public struct Tenant: Sendable, Hashable, CustomStringConvertible {
  public var name: String
  public init(_ name: String) { self.name = name }
  /// The only tenant of an installation that does not name any.
  public static let standard = Tenant("default")
  public var description: String { name }
}

/// The number that metadata is sharded by (`source_id % 4`) and lake tables are bucketed by.
public struct SourceID: Sendable, Hashable, CustomStringConvertible {
  public var value: Int64
  public init(_ value: Int64) { self.value = value }

  /// The id of a pipeline that states none: FNV-1a of the name, with the sign bit cleared so that `% shards` is a shard.
  public init(derivedFrom name: String) {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    value = Int64(hash >> 1)
  }

  public var description: String { String(value) }
}

/// A stream of a pipeline: what a source reads as one sequence of rows with one schema, such as a table.
public struct StreamID: Sendable, Hashable, CustomStringConvertible {
  public var pipeline: String
  public var stream: String

  public init(pipeline: String, stream: String) {
    self.pipeline = pipeline
    self.stream = stream
  }

  public var description: String { "\(pipeline).\(stream)" }
}

/// A table of the lake: a dotted namespace and a name.
public struct TableName: Sendable, Hashable, Comparable, CustomStringConvertible {
  public var namespace: String
  public var name: String

  public init(namespace: String, name: String) {
    self.namespace = namespace
    self.name = name
  }

  /// Splits at the last dot; nil if there is no namespace or no name.
  public init?(_ dotted: String) {
    guard let dot = dotted.lastIndex(of: "."), dot != dotted.startIndex, dotted.index(after: dot) != dotted.endIndex
    else { return nil }
    self.init(namespace: String(dotted[..<dot]), name: String(dotted[dotted.index(after: dot)...]))
  }

  public static func < (a: TableName, b: TableName) -> Bool {
    (a.namespace, a.name) < (b.namespace, b.name)
  }

  public var description: String { "\(namespace).\(name)" }
}
