import HostFormats
import HostLake
import HostModel

/// Which rows of a split stand in the raw table: those of the batches after one ordinal up to another, without a gap.
struct RawSpan: Sendable, Equatable {
  var split: String
  /// The run of the stream that read them; see `RunMark`.
  var run: UInt64
  /// The split's, as in its position.
  var identity: String
  var after: UInt64
  var through: UInt64
}

/// The spans of a stream's splits, as the raw table keeps them beside the rows.
struct RawSpans: Sendable, Equatable {
  var splits: [String: RawSpan] = [:]
  /// The table knows no more what it has: all of the stream's rows go with the next commit.
  var isDamaged = false

  var isEmpty: Bool { splits.isEmpty }

  static func property(_ stream: StreamID) -> String { "headrace.raw.\(stream.pipeline).\(stream.stream)" }

  init() {}

  /// Reads the property; a table without it has no rows of the stream.
  init(_ metadata: TableMetadata, _ stream: StreamID) {
    guard let text = metadata.properties[Self.property(stream)] else { return }
    guard let members = (try? JSONValue.parse(text))?["splits"]?.objectValue else {
      isDamaged = true
      return
    }
    for (split, member) in members { splits[split] = RawSpan(split, member) }
  }

  /// Nil if there is nothing to keep.
  var text: String? {
    guard !isEmpty else { return nil }
    let members = splits.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) }
    return JSONValue.object(["version": 1, "splits": .object(JSONObject(members))]).text()
  }
}

extension RawSpan {
  fileprivate init(_ split: String, _ json: JSONValue) {
    func number(_ key: String) -> UInt64 { json[key]?.stringValue.flatMap { UInt64($0) } ?? 0 }
    self.init(
      split: split, run: number("run"), identity: json["identity"]?.stringValue ?? "", after: number("after"),
      through: number("through"))
  }

  /// Numbers are strings: common tools lose digits of 64-bit ones.
  fileprivate var json: JSONValue {
    .object([
      "run": .string(String(run)), "identity": .string(identity), "after": .string(String(after)),
      "through": .string(String(through)),
    ])
  }
}
