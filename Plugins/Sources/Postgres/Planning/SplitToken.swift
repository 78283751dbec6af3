import HeadracePlugin

/// What `open` has to know of a split: its range, and the table as it was planned. Fields behind one another, each
/// ended by a zero byte, which no text of PostgreSQL contains.
struct SplitToken: Equatable {
  private static let version = "1"

  var relation: UInt32
  var range: KeyRange
  /// An exported snapshot.
  var snapshot: String?
  /// Numbers of the key's columns.
  var key: [Int]
  var columns: [TableColumn]

  var bytes: [UInt8] {
    let numbers = key.map { String($0) }.joined(separator: ",")
    var fields: [String] = [Self.version, String(relation), Self.optional(range.lower), Self.optional(range.upper)]
    fields.append(Self.optional(snapshot))
    fields.append(numbers)
    for column in columns {
      fields.append(String(column.number))
      fields.append(column.name)
      fields.append(String(column.type))
      fields.append(String(column.modifier))
      fields.append(column.typeName)
    }
    var bytes: [UInt8] = []
    for field in fields {
      bytes += field.utf8
      bytes.append(0)
    }
    return bytes
  }

  init(relation: UInt32, range: KeyRange, snapshot: String?, key: [Int], columns: [TableColumn]) {
    self.relation = relation
    self.range = range
    self.snapshot = snapshot
    self.key = key
    self.columns = columns
  }

  /// Throws `invalidConfig` for bytes that are no token.
  init(_ bytes: [UInt8]) throws {
    let fields = bytes.split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    guard fields.count >= 7, fields[0] == Self.version, (fields.count - 7).isMultiple(of: 5),
      let relation = UInt32(fields[1])
    else { throw PluginError(.invalidConfig, "the split's token is not one that this version of the plugin made") }
    var columns: [TableColumn] = []
    for start in stride(from: 6, to: fields.count - 1, by: 5) {
      columns.append(Self.column(fields[start..<start + 5]))
    }
    self.init(
      relation: relation, range: KeyRange(lower: Self.value(fields[2]), upper: Self.value(fields[3])),
      snapshot: Self.value(fields[4]), key: fields[5].split(separator: ",").compactMap { Int($0) }, columns: columns)
  }

  private static func column(_ fields: ArraySlice<String>) -> TableColumn {
    let first = fields.startIndex
    let type = UInt32(fields[first + 2]) ?? 0
    let modifier = Int32(fields[first + 3]) ?? -1
    return TableColumn(
      number: Int(fields[first]) ?? 0, name: fields[first + 1], type: type, modifier: modifier, dimensions: 0,
      typeName: fields[first + 4])
  }

  private static func optional(_ text: String?) -> String { text.map { "=" + $0 } ?? "" }
  private static func value(_ field: String) -> String? { field.isEmpty ? nil : String(field.dropFirst()) }

  /// Throws `conflict`, with the column, if the table is not any more what was planned.
  func check(against relation: Relation) throws {
    func changed(_ what: String) -> PluginError {
      PluginError(.conflict, "\(relation.stream) was changed since it was planned: \(what); run it again")
    }
    let now = Dictionary(relation.columns.map { ($0.number, $0) }) { first, _ in first }
    for old in columns {
      guard let column = now[old.number] else { throw changed("column '\(old.name)' was dropped") }
      guard column.name == old.name else { throw changed("column '\(old.name)' is now called '\(column.name)'") }
      guard column.type == old.type, column.modifier == old.modifier else {
        throw changed("column '\(old.name)' was \(old.typeName) and is \(column.typeName)")
      }
    }
    let planned = Set(columns.map(\.number))
    if let added = relation.columns.first(where: { !planned.contains($0.number) }) {
      throw changed("column '\(added.name)' was added")
    }
    guard relation.key == key else { throw changed("its key is another one") }
  }
}
