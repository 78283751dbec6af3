/// The members of a JSON object in the order of the document. Keys are unique.
package struct JSONObject: Sendable {
  package private(set) var keys: [String] = []
  package private(set) var values: [JSONValue] = []
  /// Positions by key; only kept for objects that are too large for a linear search.
  private var index: [String: Int] = [:]
  private static let indexedAbove = 12

  package init() {}

  package init(_ members: [(String, JSONValue)]) {
    for (key, value) in members { self[key] = value }
  }

  package var count: Int { keys.count }
  package var isEmpty: Bool { keys.isEmpty }

  /// The member with this key. Setting an existing key keeps its place, setting nil removes it.
  package subscript(key: String) -> JSONValue? {
    get { position(of: key).map { values[$0] } }
    set {
      switch (position(of: key), newValue) {
      case (let position?, let value?): values[position] = value
      case (let position?, nil): remove(at: position)
      case (nil, let value?): append(key, value)
      case (nil, nil): break
      }
    }
  }

  package func contains(_ key: String) -> Bool { position(of: key) != nil }

  /// Appends a member unless its key exists; tells whether it did.
  package mutating func appendIfNew(_ key: String, _ value: JSONValue) -> Bool {
    guard position(of: key) == nil else { return false }
    append(key, value)
    return true
  }

  private mutating func append(_ key: String, _ value: JSONValue) {
    keys.append(key)
    values.append(value)
    if keys.count > Self.indexedAbove + 1 {
      index[key] = keys.count - 1
    } else if keys.count == Self.indexedAbove + 1 {
      rebuildIndex()
    }
  }

  private mutating func remove(at position: Int) {
    keys.remove(at: position)
    values.remove(at: position)
    rebuildIndex()
  }

  private mutating func rebuildIndex() {
    index = [:]
    guard keys.count > Self.indexedAbove else { return }
    for (position, key) in keys.enumerated() { index[key] = position }
  }

  private func position(of key: String) -> Int? {
    keys.count > Self.indexedAbove ? index[key] : keys.firstIndex(of: key)
  }
}

extension JSONObject: Sequence {
  package func makeIterator() -> Zip2Sequence<[String], [JSONValue]>.Iterator {
    zip(keys, values).makeIterator()
  }
}

extension JSONObject: Hashable {
  package static func == (a: JSONObject, b: JSONObject) -> Bool { a.keys == b.keys && a.values == b.values }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(keys)
    hasher.combine(values)
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}
