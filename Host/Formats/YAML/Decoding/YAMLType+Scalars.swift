extension YAMLType where Value == String {
  /// Any text. A number or a boolean is refused rather than turned into text, because `007` would become `7`.
  package static let text = YAMLType.scalar(
    "text", placeholder: "", schema: ["type": "string"], shown: { .string($0) },
    hint: { $0.value == .null ? nil : "put it in quotes" }
  ) { scalar in
    if case .string(let text) = scalar.value { return text }
    return scalar.isInterpolated ? scalar.text : nil
  }

  /// A name: letters, digits, `_` and `-`, beginning with a letter or a digit, at most 128 characters.
  package static func name(_ what: String) -> YAMLType {
    YAMLType.scalar(
      "\(what) of letters, digits, '_' and '-'", placeholder: "",
      schema: ["type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]*$", "maxLength": 128], shown: { .string($0) }
    ) { scalar in
      guard case .string(let text) = scalar.value, isName(text) else { return nil }
      return text
    }
  }

  private static func isName(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first, text.utf8.count <= 128 else { return false }
    func isAlphanumeric(_ c: Unicode.Scalar) -> Bool {
      ("a"..."z").contains(c) || ("A"..."Z").contains(c) || ("0"..."9").contains(c)
    }
    return isAlphanumeric(first) && text.unicodeScalars.allSatisfy { isAlphanumeric($0) || $0 == "_" || $0 == "-" }
  }
}

extension YAMLType where Value == Bool {
  package static let bool = YAMLType.scalar(
    "true or false", placeholder: false, schema: ["type": "boolean"], shown: { .bool($0) }, hint: { meantBool($0.text) }
  ) { scalar in
    if case .bool(let value) = scalar.valueForNumbers { value } else { nil }
  }

  private static func meantBool(_ text: String) -> String? {
    switch text.lowercased() {
    case "yes", "on", "y", "1": "did you mean 'true'?"
    case "no", "off", "n", "0": "did you mean 'false'?"
    default: nil
    }
  }
}

extension YAMLType where Value == Int64 {
  /// A whole number between two bounds, both included.
  package static func integer(_ range: ClosedRange<Int64>) -> YAMLType {
    YAMLType.scalar(
      rangeText(range), placeholder: range.lowerBound,
      schema: ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)],
      shown: { .integer($0) }
    ) { scalar in
      guard case .int(let value) = scalar.valueForNumbers, range.contains(value) else { return nil }
      return value
    }
  }

  private static func rangeText(_ range: ClosedRange<Int64>) -> String {
    if range.lowerBound == range.upperBound { return "the number \(range.lowerBound)" }
    if range.upperBound == .max { return "a whole number of at least \(range.lowerBound)" }
    return "a whole number from \(range.lowerBound) to \(range.upperBound)"
  }
}

extension YAMLType where Value == Int {
  package static func count(_ range: ClosedRange<Int>) -> YAMLType {
    YAMLType<Int64>.integer(Int64(range.lowerBound)...Int64(range.upperBound)).map({ Int($0) }, back: { Int64($0) })
  }
}

extension YAMLType where Value == Double {
  package static func number(_ range: ClosedRange<Double>) -> YAMLType {
    YAMLType.scalar(
      "a number from \(range.lowerBound) to \(range.upperBound)", placeholder: range.lowerBound,
      schema: ["type": "number", "minimum": .double(range.lowerBound), "maximum": .double(range.upperBound)],
      shown: { .double($0) }
    ) { scalar in
      switch scalar.valueForNumbers {
      case .int(let value) where range.contains(Double(value)): Double(value)
      case .float(let value) where range.contains(value): value
      default: nil
      }
    }
  }

  /// A share of a whole, written `0.1%`; the value is the fraction, 0.001.
  package static let percent = YAMLType.scalar(
    "a percentage such as 0.1%", placeholder: 0,
    schema: ["type": "string", "pattern": "^[0-9.]+%$"], shown: { .string(Units.percentText($0)) },
    hint: { if case .int = $0.value { "did you mean '\($0.text)%'?" } else { nil } }
  ) { Units.percent($0.text) }
}

extension YAMLType where Value == Duration {
  /// A length of time between two bounds, written `250ms`, `30s`, `5m`, `1h30m` or `2d`.
  package static func duration(_ range: ClosedRange<Duration> = .zero ... .seconds(366 * 86_400)) -> YAMLType {
    YAMLType.scalar(
      "a duration such as 30s", placeholder: range.lowerBound,
      schema: ["type": "string", "pattern": "^[0-9][0-9.mshd]*$"],
      shown: { .string(Units.durationText($0)) },
      hint: { if case .int = $0.value { "did you mean '\($0.text)s'?" } else { nil } }
    ) { Units.duration($0.text) }
    .checked { value in
      range.contains(value)
        ? nil
        : "expected a duration from \(Units.durationText(range.lowerBound)) to \(Units.durationText(range.upperBound))"
    }
  }
}

/// A number of bytes.
package struct ByteCount: Sendable, Hashable, Comparable, CustomStringConvertible {
  package var bytes: Int64
  package init(_ bytes: Int64) { self.bytes = bytes }
  package static func mebibytes(_ count: Int64) -> ByteCount { ByteCount(count << 20) }
  package static func < (a: ByteCount, b: ByteCount) -> Bool { a.bytes < b.bytes }
  package var description: String { Units.bytesText(self) }
}

extension YAMLType where Value == ByteCount {
  /// A size between two bounds, written `64KiB`, `128MiB`, `2GiB` or, in powers of ten, `100MB`.
  package static func bytes(_ range: ClosedRange<ByteCount>) -> YAMLType {
    YAMLType.scalar(
      "a size such as 128MiB", placeholder: range.lowerBound,
      schema: ["type": "string", "pattern": "^[0-9.]+[KMGT]?i?B$"],
      shown: { .string($0.description) },
      hint: { if case .int = $0.value { "did you mean '\($0.text)B'?" } else { nil } }
    ) { Units.bytes($0.text) }
    .checked {
      range.contains($0) ? nil : "expected a size from \(range.lowerBound) to \(range.upperBound), found \($0)"
    }
  }
}

extension YAMLType where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// One word of a list; words in `reserved` are known and refused as not built yet.
  package static func choice(
    of all: [Value], default placeholder: Value, reserved: [Value] = []
  ) -> YAMLType {
    let words = all.map(\.rawValue)
    let usable = words.filter { word in !reserved.contains { $0.rawValue == word } }
    return YAMLType(
      choices(usable), placeholder: placeholder, schema: ["enum": .array(usable.map { .string($0) })],
      shown: { .string($0.rawValue) }
    ) { node, mistakes in
      guard let word = node.scalar?.text, let value = Value(rawValue: word), words.contains(word) else {
        mistakes.add(
          node.place, "expected \(choices(usable)), found \(node.found)",
          suggestion: node.scalar.flatMap { $0.isSecret ? nil : EditDistance.suggestion(for: $0.text, among: usable) })
        return nil
      }
      if reserved.contains(where: { $0.rawValue == word }) {
        mistakes.add(node.place, "\(quoted(word)) is reserved, not yet supported")
      }
      return value
    }
  }
}

extension YAMLType where Value == Int {
  /// A percentage without a fraction, written `50%`; the value is 50.
  package static let wholePercent = YAMLType.scalar(
    "a whole percentage such as 50%", placeholder: 0, schema: ["type": "string", "pattern": "^[0-9]+%$"],
    shown: { .string("\($0)%") }, hint: { if case .int = $0.value { "did you mean '\($0.text)%'?" } else { nil } }
  ) { scalar in
    guard scalar.text.hasSuffix("%"), let value = Int(scalar.text.dropLast()), (0...100).contains(value) else {
      return nil
    }
    return value
  }
}
