package import HostFormats

/// A partition expression: `day(created_at)`, `bucket(16, id)`, `truncate(4, code)` or a column's name.
package struct PartitionExpression: Sendable, Hashable, CustomStringConvertible {
  package enum Transform: Sendable, Hashable {
    case identity, year, month, day, hour, void
    case bucket(Int)
    case truncate(Int)
  }

  package var transform: Transform
  package var column: String
  /// As written.
  package var text: String

  package var description: String { text }

  private static let simple: [String: Transform] = [
    "identity": .identity, "year": .year, "month": .month, "day": .day, "hour": .hour, "void": .void,
  ]
  static let transforms = ["bucket", "day", "hour", "identity", "month", "truncate", "void", "year"]

  /// Why a text is no partition expression.
  package struct Mistake: Error, Equatable {
    package var message: String
    package var suggestion: String?
  }

  package static func parse(_ text: String) throws(Mistake) -> PartitionExpression {
    guard let open = text.firstIndex(of: "(") else {
      guard isColumn(text) else {
        throw Mistake(message: "\(quoted(text)) is no partition expression", suggestion: example)
      }
      return PartitionExpression(transform: .identity, column: text, text: text)
    }
    guard text.last == ")" else {
      throw Mistake(message: "the partition expression \(quoted(text)) has no ')' at its end")
    }
    let name = text[..<open].trimmed
    let inside = text[text.index(after: open)...].dropLast()
    let arguments = inside.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmed)
    let transform = try transform(name, arguments)
    guard let column = arguments.last, isColumn(column) else {
      throw Mistake(message: "\(quoted(text)) names no column", suggestion: example)
    }
    return PartitionExpression(transform: transform, column: column, text: text)
  }

  private static let example = "write for example day(created_at) or bucket(16, id)"

  private static func transform(_ name: String, _ arguments: [String]) throws(Mistake) -> Transform {
    if let transform = simple[name] {
      guard arguments.count == 1 else { throw Mistake(message: "'\(name)' takes a column and nothing else") }
      return transform
    }
    guard name == "bucket" || name == "truncate" else {
      throw Mistake(
        message: "unknown partition transform \(quoted(name))",
        suggestion: EditDistance.suggestion(for: name, among: transforms)
          ?? "known are \(choices(transforms, joinedBy: "and"))")
    }
    guard arguments.count == 2, let width = Int(arguments[0]), (1...1_000_000).contains(width) else {
      throw Mistake(message: "'\(name)' takes a number and a column", suggestion: "write for example \(name)(16, id)")
    }
    return name == "bucket" ? .bucket(width) : .truncate(width)
  }

  private static func isColumn(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 255
      && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F && !"(),'\"".unicodeScalars.contains($0) }
  }
}

extension StringProtocol {
  /// Without spaces around it.
  fileprivate var trimmed: String {
    var rest = self[...]
    while rest.first == " " { rest = rest.dropFirst() }
    while rest.last == " " { rest = rest.dropLast() }
    return String(rest)
  }
}

extension YAMLType where Value == PartitionExpression {
  package static let partition = YAMLType(
    "a partition expression such as day(created_at)",
    placeholder: PartitionExpression(transform: .identity, column: "", text: ""), schema: ["type": "string"],
    shown: { .string($0.text) }
  ) { node, mistakes in
    guard let scalar = node.scalar, case .string(let text) = scalar.value else {
      mistakes.add(node.place, "expected a partition expression such as day(created_at), found \(node.found)")
      return nil
    }
    do throws(PartitionExpression.Mistake) {
      return try PartitionExpression.parse(text)
    } catch {
      // The message quotes the text, which must not be shown if it came from the environment.
      if scalar.isSecret {
        mistakes.add(node.place, "the value that is not shown is no partition expression")
      } else {
        mistakes.add(node.place, error.message, suggestion: error.suggestion)
      }
      return nil
    }
  }
}
