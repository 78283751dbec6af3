/// A value of the configuration, with the path that leads to it, so that every error names the place:
/// `rules[2].min: a number was expected, and this is a string`.
public struct Configuration: Sendable {
  public let value: JSON
  /// Empty for the whole.
  public let path: String

  public init(_ value: JSON, path: String = "") {
    self.value = value
    self.path = path
  }

  /// The whole configuration; no text at all is an empty object.
  public init(parsing text: String) throws(PluginError) {
    self.init(text.isEmpty ? .object([]) : try JSON(parsing: text))
  }

  /// `invalidConfig` about this value.
  public func error(_ message: String) -> PluginError {
    PluginError(.invalidConfig, path.isEmpty ? message : "\(path): \(message)")
  }

  // MARK: Members. The default stands in for a member that is missing or null.

  public func member(_ key: String) -> Configuration? {
    guard let member = value[key], member != .null else { return nil }
    return Configuration(member, path: path.isEmpty ? key : "\(path).\(key)")
  }

  public func required(_ key: String) throws(PluginError) -> Configuration {
    guard let member = member(key) else { throw error("'\(key)' is missing") }
    return member
  }

  public func string(_ key: String) throws(PluginError) -> String { try required(key).string() }
  public func string(_ key: String, default value: String) throws(PluginError) -> String {
    guard let member = member(key) else { return value }
    return try member.string()
  }

  public func integer(_ key: String) throws(PluginError) -> Int64 { try required(key).integer() }
  public func integer(_ key: String, default value: Int64) throws(PluginError) -> Int64 {
    guard let member = member(key) else { return value }
    return try member.integer()
  }

  public func double(_ key: String) throws(PluginError) -> Double { try required(key).double() }
  public func double(_ key: String, default value: Double) throws(PluginError) -> Double {
    guard let member = member(key) else { return value }
    return try member.double()
  }

  public func bool(_ key: String, default value: Bool) throws(PluginError) -> Bool {
    guard let member = member(key) else { return value }
    return try member.bool()
  }

  /// The elements of a list, none if it is missing.
  public func list(_ key: String) throws(PluginError) -> [Configuration] {
    guard let member = member(key) else { return [] }
    return try member.list()
  }

  public func strings(_ key: String) throws(PluginError) -> [String] {
    var strings: [String] = []
    for element in try list(key) { strings.append(try element.string()) }
    return strings
  }

  /// The members of an object, in their order; none if it is missing.
  public func members(_ key: String) throws(PluginError) -> [(key: String, value: Configuration)] {
    guard let member = member(key) else { return [] }
    return try member.members()
  }

  /// Throws about the first key that is none of these.
  public func allowOnly(_ keys: [String]) throws(PluginError) {
    for (key, _) in try members() where !keys.contains(key) {
      throw error("there is no key '\(key)'; the keys are \(keys.joined(separator: ", "))")
    }
  }

  // MARK: This value.

  public func string() throws(PluginError) -> String {
    guard case .string(let text) = value else { throw wrongKind("a string") }
    return text
  }

  public func integer() throws(PluginError) -> Int64 {
    switch value {
    case .integer(let number): return number
    case .double(let number):
      guard let exact = Int64(exactly: number) else { throw wrongKind("a whole number") }
      return exact
    default: throw wrongKind("a whole number")
    }
  }

  public func double() throws(PluginError) -> Double {
    switch value {
    case .integer(let number): return Double(number)
    case .double(let number): return number
    default: throw wrongKind("a number")
    }
  }

  public func bool() throws(PluginError) -> Bool {
    guard case .bool(let bool) = value else { throw wrongKind("a boolean") }
    return bool
  }

  public func list() throws(PluginError) -> [Configuration] {
    guard case .array(let elements) = value else { throw wrongKind("a list") }
    return elements.enumerated().map { Configuration($1, path: "\(path)[\($0)]") }
  }

  public func members() throws(PluginError) -> [(key: String, value: Configuration)] {
    guard case .object(let members) = value else { throw wrongKind("an object") }
    return members.map { ($0.key, Configuration($0.value, path: path.isEmpty ? $0.key : "\(path).\($0.key)")) }
  }

  private func wrongKind(_ expected: String) -> PluginError {
    error("\(expected) was expected, and this is \(value.kind)")
  }
}
