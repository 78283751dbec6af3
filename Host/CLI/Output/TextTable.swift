import HostFormats
import HostModel

/// Rows in columns, for a terminal: numbers to the right, everything else to the left, wide cells cut.
struct TextTable {
  private static let widest = 60
  private let headers: [String]
  private let alignsRight: [Bool]
  private var rows: [[String]] = []

  init(_ headers: [String], alignsRight: [Bool] = []) {
    self.headers = headers
    self.alignsRight = alignsRight + Array(repeating: false, count: max(0, headers.count - alignsRight.count))
  }

  mutating func add(_ cells: [String]) { rows.append(cells.map(Self.fitted)) }

  private static func fitted(_ cell: String) -> String {
    let line = Terminal.printable(cell)
    return line.count <= widest ? line : line.prefix(widest - 1) + "…"
  }

  var isEmpty: Bool { rows.isEmpty }

  var text: String {
    let widths = headers.indices.map { column in
      rows.reduce(headers[column].count) { max($0, $1[column].count) }
    }
    let lines = [headers] + [widths.map { String(repeating: "─", count: $0) }] + rows
    return lines.map { cells in
      let padded = cells.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - cells[column].count)
        return alignsRight[column] ? space + cells[column] : cells[column] + space
      }
      var line = padded.joined(separator: "  ")
      while line.hasSuffix(" ") { line.removeLast() }
      return line
    }.joined(separator: "\n") + "\n"
  }
}

extension Schema {
  /// An empty table with these columns.
  var table: TextTable {
    TextTable(
      fields.map(\.name),
      alignsRight: fields.map { field in
        switch field.type {
        case .integer, .unsigned, .float, .double, .decimal: true
        default: false
        }
      })
  }
}
