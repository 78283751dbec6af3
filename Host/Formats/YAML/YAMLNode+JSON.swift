package import HostModel

extension YAMLNode {
  /// The tree as JSON, for a plugin. Its secrets are in it: it must not be printed; see `redacted`.
  ///
  /// Adds a mistake for what JSON cannot say: NaN, the infinities, and whole numbers beyond 64 bits.
  package func json(_ mistakes: inout YAMLMistakes) -> JSONValue {
    switch content {
    case .scalar(let scalar):
      guard let value = scalar.json else {
        mistakes.add(place, "\(scalar.found) has no exact form in JSON", suggestion: "put it in quotes")
        return .null
      }
      return value
    case .sequence(let items): return .array(items.map { $0.json(&mistakes) })
    case .mapping(let entries):
      var object = JSONObject()
      for entry in entries { object[entry.key] = entry.value.json(&mistakes) }
      return .object(object)
    }
  }

  /// The tree as JSON for people, with `"***"` in the place of each secret.
  package var redacted: JSONValue {
    var ignored = YAMLMistakes()
    return mappingScalars { scalar, _ in
      scalar.isSecret ? YAMLScalar(text: "***", style: .doubleQuoted, value: .string("***")) : scalar
    }.json(&ignored)
  }

  /// The node at a path; nil if the tree does not reach so far.
  package func node(at path: JSONPath) -> YAMLNode? {
    var node = self
    for step in path.steps {
      switch step {
      case .key(let key):
        guard let next = node[key] else { return nil }
        node = next
      case .index(let index):
        guard let items = node.items, items.indices.contains(index) else { return nil }
        node = items[index]
      }
    }
    return node
  }

  /// Where a person has to look for a violation of a schema: the key if the key is wrong, else the value, else the
  /// nearest part of the tree around it.
  package func place(of violation: JSONSchema.Violation) -> SourcePlace {
    if violation.subject == .key, case .key(let key)? = violation.path.steps.last {
      let parent = node(at: JSONPath(violation.path.steps.dropLast()))
      if let entry = parent?.entries?.first(where: { $0.key == key }) { return entry.keyPlace }
    }
    var steps = violation.path.steps
    while !steps.isEmpty {
      if let node = node(at: JSONPath(steps)) { return node.place }
      steps.removeLast()
    }
    return place
  }
}

extension YAMLScalar {
  /// The scalar in JSON; nil for a number that JSON cannot say.
  var json: JSONValue? {
    switch value {
    case .null: .null
    case .bool(let value): .bool(value)
    case .int(let value): .integer(value)
    case .float(let value): value.isFinite ? .double(value) : nil
    case .string(let value): .string(value)
    case .outOfRange: nil
    }
  }
}
