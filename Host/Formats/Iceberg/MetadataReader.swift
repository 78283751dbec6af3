/// Reads the members of one JSON object of the metadata, with messages that name the object and the member.
struct MetadataReader {
  let object: JSONObject
  let context: String

  init(_ json: JSONValue, in context: String) throws(IcebergError) {
    guard let object = json.objectValue else {
      throw IcebergError("\(context): expected an object, not \(json.kindName)")
    }
    self.object = object
    self.context = context
  }

  /// The member, unless it is absent or null.
  func optional(_ key: String) -> JSONValue? { object[key].flatMap { $0.isNull ? nil : $0 } }

  func value(_ key: String) throws(IcebergError) -> JSONValue {
    guard let value = optional(key) else { throw IcebergError("\(context): '\(key)' is missing") }
    return value
  }

  func string(_ key: String) throws(IcebergError) -> String {
    let value = try value(key)
    guard let text = value.stringValue else { throw wrong(key, "a string", value) }
    return text
  }

  func long(_ key: String) throws(IcebergError) -> Int64 {
    let value = try value(key)
    guard let number = value.integerValue else { throw wrong(key, "an integer", value) }
    return number
  }

  func optionalLong(_ key: String) throws(IcebergError) -> Int64? {
    optional(key) == nil ? nil : try long(key)
  }

  /// An id or a version: an integer that fits 32 bits, as the format has it.
  func int(_ key: String) throws(IcebergError) -> Int {
    let number = try long(key)
    guard let small = Int32(exactly: number) else { throw IcebergError("\(context): '\(key)' is out of range") }
    return Int(small)
  }

  func optionalInt(_ key: String) throws(IcebergError) -> Int? {
    optional(key) == nil ? nil : try int(key)
  }

  func bool(_ key: String) throws(IcebergError) -> Bool {
    let value = try value(key)
    guard let flag = value.boolValue else { throw wrong(key, "a boolean", value) }
    return flag
  }

  func array(_ key: String) throws(IcebergError) -> [JSONValue] {
    let value = try value(key)
    guard let elements = value.arrayValue else { throw wrong(key, "an array", value) }
    return elements
  }

  func optionalArray(_ key: String) throws(IcebergError) -> [JSONValue] {
    optional(key) == nil ? [] : try array(key)
  }

  /// An object of strings; empty if absent.
  func strings(_ key: String) throws(IcebergError) -> [String: String] {
    guard let value = optional(key) else { return [:] }
    guard let members = value.objectValue else { throw wrong(key, "an object", value) }
    var strings: [String: String] = [:]
    for (name, member) in members {
      // Other writers are seen to put numbers and booleans where the format has strings.
      strings[name] = member.stringValue ?? member.text()
    }
    return strings
  }

  /// The members that the caller did not read.
  func rest(without known: Set<String>) -> JSONObject {
    JSONObject(object.filter { !known.contains($0.0) }.map { ($0.0, $0.1) })
  }

  private func wrong(_ key: String, _ expected: String, _ value: JSONValue) -> IcebergError {
    IcebergError("\(context): '\(key)' must be \(expected), not \(value.kindName)")
  }
}

extension JSONObject {
  /// An object of strings, sorted by key so that equal metadata are equal bytes.
  init(strings: [String: String]) {
    self.init(strings.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
  }
}
