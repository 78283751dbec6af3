package import HostFormats

/// A partition expression as the file writes it.
package struct PartitionRule: Sendable, Hashable {
  package var expression: PartitionExpression
  package var text: String
}

extension YAMLType where Value == PartitionRule {
  package static let partition = YAMLType(
    "a partition expression such as day(created_at)",
    placeholder: PartitionRule(expression: PartitionExpression(transform: .identity, column: ""), text: ""),
    schema: ["type": "string"],
    shown: { .string($0.text) }
  ) { node, mistakes in
    guard let scalar = node.scalar, case .string(let text) = scalar.value else {
      mistakes.add(node.place, "expected a partition expression such as day(created_at), found \(node.found)")
      return nil
    }
    do throws(IcebergError) {
      return PartitionRule(expression: try PartitionExpression.parse(text), text: text)
    } catch {
      // The message quotes the text, which must not be shown if it came from the environment.
      if scalar.isSecret {
        mistakes.add(node.place, "the value that is not shown is no partition expression")
      } else {
        mistakes.add(node.place, error.message, suggestion: error.advice)
      }
      return nil
    }
  }
}
