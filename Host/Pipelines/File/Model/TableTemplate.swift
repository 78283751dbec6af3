import HostFormats
package import HostModel

/// The name of a table, with places for parts of a stream's name: `bronze.{stream.schema}_{stream.name}`.
///
/// Names become folders of the warehouse, so their characters are few. What is written in the file has to keep to them;
/// what comes from a stream's name is made to fit, each other character becoming `_`, so that no stream's name can leave
/// its folder.
package struct TableTemplate: Sendable, Hashable, CustomStringConvertible {
  package enum Part: Sendable, Hashable {
    case literal(String)
    /// What comes after the last dot of the stream's name.
    case streamName
    /// What comes before the last dot of the stream's name.
    case streamSchema
    case pipeline
  }

  /// Why a text is no table name.
  package struct Mistake: Error, Equatable {
    package var message: String
    package var suggestion: String?
    /// Characters before the mistake.
    package var offset: Int
  }

  package let text: String
  package let parts: [Part]

  package var description: String { text }

  /// Whether every stream gets the same table.
  package var isConstant: Bool { !parts.contains(.streamName) }

  static let placeholders = ["stream.name", "stream.schema", "pipeline"]
  /// What most file systems allow in a name, less what the host appends to it.
  static let longestName = 200

  /// The table of a stream.
  package func table(for stream: StreamID) throws(Mistake) -> TableName {
    let dot = stream.stream.lastIndex(of: ".")
    let name = dot.map { stream.stream[stream.stream.index(after: $0)...] } ?? stream.stream[...]
    var resolved = ""
    for part in parts {
      switch part {
      case .literal(let text): resolved += text
      case .streamName: resolved += Self.fitting(String(name))
      case .pipeline: resolved += Self.fitting(stream.pipeline)
      case .streamSchema:
        guard let dot else {
          throw Mistake(
            message: "the stream \(quoted(stream.stream)) has no schema, which {stream.schema} stands for",
            suggestion: "leave {stream.schema} out", offset: 0)
        }
        resolved += Self.fitting(String(stream.stream[..<dot]))
      }
    }
    try Self.check(resolved)
    guard let table = TableName(resolved) else {
      throw Mistake(message: "\(quoted(resolved)) has no namespace", suggestion: "write NAMESPACE.TABLE", offset: 0)
    }
    return table
  }

  private static func fitting(_ text: String) -> String {
    let fitted = String(String.UnicodeScalarView(text.unicodeScalars.map { isAllowed($0) ? $0 : "_" }))
    // A leading hyphen would look like an option to tools, an empty name would join two dots.
    return fitted.isEmpty ? "_" : fitted.hasPrefix("-") ? "_" + fitted.dropFirst() : fitted
  }

  static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x80 {
      return scalar == "_" || scalar == "-" || scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
    }
    return scalar.properties.isAlphabetic || scalar.properties.generalCategory == .nonspacingMark
      || scalar.properties.numericType == .decimal
  }
}
