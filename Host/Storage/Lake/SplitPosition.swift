package import HostFormats
package import HostModel

/// How far one split of a stream has been read and committed.
package struct SplitPosition: Sendable, Hashable {
  /// The plugin's own, opaque.
  package var bytes: [UInt8]
  /// Grows with every position of the split.
  package var ordinal: UInt64
  /// Which source it was: a server's system id, a file's hash. A position means nothing to another one.
  package var identity: String
  /// Whether the split has been read to its end.
  package var isComplete: Bool

  package init(bytes: [UInt8], ordinal: UInt64, identity: String = "", isComplete: Bool = false) {
    self.bytes = bytes
    self.ordinal = ordinal
    self.identity = identity
    self.isComplete = isComplete
  }
}

/// The positions of all splits of one stream, as a table keeps them beside the rows that they stand for.
package struct StreamPositions: Sendable, Hashable {
  package var splits: [String: SplitPosition]

  package init(_ splits: [String: SplitPosition] = [:]) { self.splits = splits }

  /// What a commit expects to find.
  package var ordinals: [String: UInt64] { splits.mapValues(\.ordinal) }

  /// The table property that holds them.
  package static func property(_ stream: StreamID) -> String { "headrace.position.\(stream.pipeline).\(stream.stream)" }
}

extension StreamPositions {
  /// Reads the property; a table without it has no positions.
  package init(_ metadata: TableMetadata, _ stream: StreamID) throws(Failure) {
    let property = Self.property(stream)
    guard let text = metadata.properties[property] else {
      self.init()
      return
    }
    guard let read = Self(text: text) else {
      throw Failure(
        .environment, "the table property \(property) is damaged",
        advice: "forget the position with 'headrace state reset'")
    }
    self = read
  }

  private init?(text: String) {
    guard let json = try? JSONValue.parse(text), let members = json["splits"]?.objectValue else { return nil }
    self.init()
    for (split, member) in members {
      guard let ordinal = member["ordinal"]?.stringValue.flatMap(UInt64.init),
        let bytes = member["position"]?.stringValue.flatMap(Base64.decode)
      else { return nil }
      splits[split] = SplitPosition(
        bytes: bytes, ordinal: ordinal, identity: member["identity"]?.stringValue ?? "",
        isComplete: member["complete"]?.boolValue ?? false)
    }
  }

  /// Ordinals are strings: common tools lose digits of 64-bit numbers.
  package var text: String {
    var members = JSONObject()
    for (split, position) in splits.sorted(by: { $0.key < $1.key }) {
      var member: JSONObject = [
        "ordinal": .string(String(position.ordinal)), "position": .string(Base64.encode(position.bytes)),
      ]
      if !position.identity.isEmpty { member["identity"] = .string(position.identity) }
      if position.isComplete { member["complete"] = true }
      members[split] = .object(member)
    }
    return JSONValue.object(["version": 1, "splits": .object(members)]).text()
  }
}
