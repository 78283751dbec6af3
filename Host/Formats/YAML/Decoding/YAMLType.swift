import HostModel

/// How one kind of value is read from a file, described in its JSON Schema, and named in a message.
///
/// Reading and describing are one declaration, so an editor's schema and the messages of the host cannot disagree.
package struct YAMLType<Value: Sendable>: Sendable {
  /// What a file has to hold, as "a duration such as 30s".
  package let expectation: String
  /// The JSON Schema of the value.
  package let schema: @Sendable () -> JSONObject
  /// Stands for a value that could not be read; nobody sees it, because the file is refused.
  package let placeholder: @Sendable () -> Value
  /// Reads a value, or adds what is wrong with it and returns nil.
  package let read: @Sendable (YAMLNode, inout YAMLMistakes) -> Value?
  /// The value as a schema shows it for a default; nil where it cannot be shown.
  package let shown: @Sendable (Value) -> JSONValue?

  package init(
    _ expectation: String, placeholder: @escaping @Sendable @autoclosure () -> Value,
    schema: @escaping @Sendable @autoclosure () -> JSONObject,
    shown: @escaping @Sendable (Value) -> JSONValue? = { _ in nil },
    read: @escaping @Sendable (YAMLNode, inout YAMLMistakes) -> Value?
  ) {
    self.expectation = expectation
    self.placeholder = placeholder
    self.schema = schema
    self.shown = shown
    self.read = read
  }

  /// A type whose values are scalars.
  package static func scalar(
    _ expectation: String, placeholder: @escaping @Sendable @autoclosure () -> Value,
    schema: @escaping @Sendable @autoclosure () -> JSONObject,
    shown: @escaping @Sendable (Value) -> JSONValue?, hint: @escaping @Sendable (YAMLScalar) -> String? = { _ in nil },
    convert: @escaping @Sendable (YAMLScalar) -> Value?
  ) -> YAMLType {
    YAMLType(expectation, placeholder: placeholder(), schema: schema(), shown: shown) { node, mistakes in
      if let scalar = node.scalar, let value = convert(scalar) { return value }
      let suggestion = node.scalar.flatMap { $0.isSecret ? nil : hint($0) }
      mistakes.add(node.place, "expected \(expectation), found \(node.found)", suggestion: suggestion)
      return nil
    }
  }

  /// The same type with a further condition; `check` returns what is wrong with a value.
  package func checked(_ check: @escaping @Sendable (Value) -> String?) -> YAMLType {
    YAMLType(expectation, placeholder: placeholder(), schema: schema(), shown: shown) { node, mistakes in
      guard let value = read(node, &mistakes) else { return nil }
      guard let problem = check(value) else { return value }
      mistakes.add(node.place, problem)
      return nil
    }
  }

  /// The same type with its place.
  package var placed: YAMLType<Placed<Value>> {
    YAMLType<Placed<Value>>(
      expectation, placeholder: Placed(placeholder(), at: SourcePlace(file: "", line: 0, column: 0)),
      schema: schema(), shown: { shown($0.value) },
      read: { node, mistakes in
        read(node, &mistakes).map { Placed($0, at: node.place, isSecret: node.scalar?.isSecret == true) }
      })
  }

  /// The same type as another Swift type.
  package func map<Other: Sendable>(
    _ convert: @escaping @Sendable (Value) -> Other, back: @escaping @Sendable (Other) -> Value
  ) -> YAMLType<Other> {
    YAMLType<Other>(
      expectation, placeholder: convert(placeholder()), schema: schema(), shown: { shown(back($0)) },
      read: { node, mistakes in read(node, &mistakes).map(convert) })
  }
}
