package import HostModel

extension YAMLType {
  /// A list. Each element is read, so every wrong one is reported.
  package static func list<Element: Sendable>(
    of element: YAMLType<Element>, atMost limit: Int = 10_000
  ) -> YAMLType where Value == [Element] {
    YAMLType(
      "a list", placeholder: [], schema: ["type": "array", "items": .object(element.schema())],
      shown: { values in
        let shown = values.compactMap { element.shown($0) }
        return shown.count == values.count ? .array(shown) : nil
      }
    ) { node, mistakes in
      guard let items = node.items else {
        mistakes.add(node.place, "expected a list, found \(node.found)", suggestion: hint(node, element))
        return nil
      }
      guard items.count <= limit else {
        mistakes.add(node.place, "expected at most \(limit) entries, found \(items.count)")
        return nil
      }
      return items.compactMap { element.read($0, &mistakes) }
    }
  }

  private static func hint<Element>(_ node: YAMLNode, _ element: YAMLType<Element>) -> String? {
    guard let scalar = node.scalar, !scalar.isSecret, scalar.value != .null, scalar.text.count <= 40 else { return nil }
    var ignored = YAMLMistakes()
    return element.read(node, &ignored) == nil ? nil : "write [\(scalar.text)]"
  }

  /// A mapping whose keys the user chooses.
  /// - Parameter names: what a key has to be; anything unless stated.
  package static func dictionary<Element: Sendable>(
    of element: YAMLType<Element>, keys what: String, names: YAMLType<String>? = nil
  ) -> YAMLType where Value == [String: Element] {
    YAMLType(
      "a mapping of \(what)", placeholder: [:],
      schema: ["type": "object", "additionalProperties": .object(element.schema())],
      shown: { $0.isEmpty ? .object([:]) : nil }
    ) { node, mistakes in
      guard let entries = node.entries else {
        mistakes.add(node.place, "expected a mapping of \(what), found \(node.found)")
        return nil
      }
      var result: [String: Element] = [:]
      for entry in entries {
        _ = names?.read(entry.keyNode, &mistakes)
        result[entry.key] = element.read(entry.value, &mistakes)
      }
      return result
    }
  }

  /// One of two types, told apart by what `isFirst` sees.
  package static func either<First: Sendable, Second: Sendable>(
    _ first: YAMLType<First>, _ second: YAMLType<Second>, isFirst: @escaping @Sendable (YAMLNode) -> Bool,
    _ fromFirst: @escaping @Sendable (First) -> Value, _ fromSecond: @escaping @Sendable (Second) -> Value
  ) -> YAMLType {
    YAMLType(
      "\(first.expectation) or \(second.expectation)", placeholder: fromFirst(first.placeholder()),
      schema: ["oneOf": [.object(first.schema()), .object(second.schema())]]
    ) { node, mistakes in
      if isFirst(node) { return first.read(node, &mistakes).map(fromFirst) }
      return second.read(node, &mistakes).map(fromSecond)
    }
  }
}

extension YAMLType where Value == YAMLNode {
  /// A mapping that is kept as it is, such as a plugin's configuration: only the plugin's own schema knows its keys.
  package static let tree = YAMLType(
    "a mapping", placeholder: .emptyMapping(at: SourcePlace(file: "", line: 0, column: 0)),
    schema: ["type": "object"], shown: { $0.entries?.isEmpty == true ? .object([:]) : nil }
  ) { node, mistakes in
    if node.entries != nil { return node }
    mistakes.add(node.place, "expected a mapping, found \(node.found)")
    return nil
  }

  /// A scalar that is kept with its style and place.
  package static let scalar = YAMLType(
    "a single value", placeholder: .emptyMapping(at: SourcePlace(file: "", line: 0, column: 0)),
    schema: ["type": ["string", "number", "boolean", "null"]]
  ) { node, mistakes in
    if node.scalar != nil { return node }
    mistakes.add(node.place, "expected a single value, found \(node.found)")
    return nil
  }
}

extension YAMLType where Value: YAMLRecord {
  /// A mapping with the fields that the record declares.
  package static var record: YAMLType {
    YAMLType(
      "a mapping", placeholder: YAMLRecordDecoder.placeholder(Value.self),
      schema: YAMLRecordDecoder.schema(of: Value.self)
    ) { node, mistakes in
      YAMLRecordDecoder.read(Value.self, from: node, &mistakes)
    }
  }

  /// A record, or the short form of one: a scalar from which it is made.
  package static func record<Short: Sendable>(
    or short: YAMLType<Short>, _ make: @escaping @Sendable (Short, SourcePlace) -> Value
  ) -> YAMLType {
    YAMLType(
      "\(short.expectation) or a mapping", placeholder: YAMLRecordDecoder.placeholder(Value.self),
      schema: ["oneOf": [.object(short.schema()), .object(YAMLRecordDecoder.schema(of: Value.self))]]
    ) { node, mistakes in
      guard node.scalar != nil, !node.isNull else { return YAMLRecordDecoder.read(Value.self, from: node, &mistakes) }
      return short.read(node, &mistakes).map { make($0, node.place) }
    }
  }
}

extension YAMLType {
  /// A list, or one element standing for a list of one.
  package static func oneOrMore<Element: Sendable>(
    _ element: YAMLType<Element>
  ) -> YAMLType where Value == [Element] {
    let list = YAMLType.list(of: element)
    return YAMLType(
      "\(element.expectation), or a list", placeholder: [],
      schema: ["oneOf": [.object(element.schema()), .object(list.schema())]], shown: list.shown
    ) { node, mistakes in
      node.items == nil ? element.read(node, &mistakes).map { [$0] } : list.read(node, &mistakes)
    }
  }
}
