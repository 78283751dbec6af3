package import HostFormats
package import HostGate
import HostModel
import HostPolicy

/// What a restart does not forget: breakers that have seen failures, and levels that are not normal.
package struct ResilienceRecord: Sendable, Equatable {
  package var breakers: [KeptBreaker]
  package var levels: [KeptLevel]

  package init(breakers: [KeptBreaker] = [], levels: [KeptLevel] = []) {
    // A closed breaker without failures is what a new one is.
    self.breakers = breakers.filter {
      $0.record.state != .closed || $0.record.tallies.contains { $0.tally.failures > 0 }
    }
    .sorted { $0.key < $1.key }
    self.levels = levels.filter { $0.level != .normal }
  }

  package var isEmpty: Bool { breakers.isEmpty && levels.isEmpty }

  /// What is worth writing down at once when it changes; windows that fill up are not.
  var essence: [String] {
    breakers.map { "\($0.key) \($0.record.state.rawValue) \($0.record.openings)" }
      + levels.map { "\($0.pipeline ?? "") \($0.level.name)" }
  }

  package var json: JSONValue {
    .object([
      "schema_version": 1, "breakers": .array(breakers.map(\.json)), "levels": .array(levels.map(\.json)),
    ])
  }

  /// - Throws: `JSONShape.Wrong` where it is not of this form.
  package init(_ json: JSONValue) throws(JSONShape.Wrong) {
    let object = try JSONShape(json)
    guard try object.integer("schema_version") == 1 else { throw .init(key: "schema_version") }
    var breakers: [KeptBreaker] = []
    for entry in try object.array("breakers") { breakers.append(try KeptBreaker(entry)) }
    var levels: [KeptLevel] = []
    for entry in try object.array("levels") { levels.append(try KeptLevel(entry)) }
    self.init(breakers: breakers, levels: levels)
  }
}

/// Reads members of an object that a file of ours has to have.
package struct JSONShape {
  package struct Wrong: Error {
    package let key: String
  }

  private let object: JSONObject

  package init(_ json: JSONValue) throws(Wrong) {
    guard let object = json.objectValue else { throw Wrong(key: "") }
    self.object = object
  }

  package func integer(_ key: String) throws(Wrong) -> Int64 { try member(key, \.integerValue) }
  package func string(_ key: String) throws(Wrong) -> String { try member(key, \.stringValue) }
  package func array(_ key: String) throws(Wrong) -> [JSONValue] { try member(key, \.arrayValue) }
  package func int(_ key: String) throws(Wrong) -> Int { Int(clamping: try integer(key)) }

  /// nil for a member that is missing or null.
  package func optional(_ key: String) -> JSONValue? {
    // Written out: a bare `nil` would be JSON's null.
    guard let value = object[key], !value.isNull else { return Optional.none }
    return value
  }

  private func member<T>(_ key: String, _ read: (JSONValue) -> T?) throws(Wrong) -> T {
    guard let value = object[key].flatMap(read) else { throw Wrong(key: key) }
    return value
  }
}
