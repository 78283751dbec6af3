import HostFormats
import HostModel

/// What is true of a column of a file, from the rows that were written.
struct ColumnTruth {
  private(set) var values: Int64 = 0
  private(set) var nulls: Int64 = 0
  private(set) var least: SampleValue?
  private(set) var greatest: SampleValue?

  mutating func add(_ value: SampleValue?) {
    values += 1
    guard let value else {
      nulls += 1
      return
    }
    least = min(least ?? value, value)
    greatest = max(greatest ?? value, value)
  }

  /// What a summary says of the column that is not so; nil if all of it is.
  func lie(in summary: ColumnSummary, _ type: DataType) -> String? {
    if summary.bytes < 0 { return "\(summary.bytes) bytes" }
    if summary.valueCount != values { return "\(summary.valueCount) values, there are \(values)" }
    if summary.nullCount != nulls { return "\(summary.nullCount) nulls, there are \(nulls)" }
    let isReal = type == .float || type == .double
    if summary.nanCount != (isReal ? 0 : nil) {
      return "a nan_count of \(summary.nanCount ?? -1), which is \(isReal ? 0 : -1) here"
    }
    for (name, bytes, truth) in [("lower", summary.lower, least), ("upper", summary.upper, greatest)] {
      guard let bytes else { continue }
      guard let bound = SampleValue(single: bytes, type) else {
        return "\(bytes.count) bytes as \(name) bound, which are no \(type)"
      }
      guard let truth, bound == truth else {
        return "\(bound) as \(name) bound; it is \(truth?.description ?? "absent, since there are only nulls")"
      }
    }
    return nil
  }
}

extension TrialFile {
  /// What a summary says of the whole file that is not so.
  func lie(in summary: FileSummary) -> String? {
    if summary.recordCount != rows { return "a record_count of \(summary.recordCount), \(rows) rows were written" }
    if summary.fileBytes != Int64(output.count) {
      return "file_bytes of \(summary.fileBytes), \(output.count) bytes came"
    }
    let offsets = summary.splitOffsets
    let isWithin = offsets.allSatisfy { (0..<max(1, summary.fileBytes)).contains($0) }
    return isWithin && zip(offsets, offsets.dropFirst()).allSatisfy(<) ? nil : "split offsets of \(offsets.prefix(8))"
  }

  /// What a summary says of a column that is not so.
  func columnLie(in summary: FileSummary) -> String? {
    var seen: Set<Int> = []
    for column in summary.columns {
      guard let index = columns.firstIndex(where: { $0.id == column.fieldID }) else {
        return "a column of the field_id \(column.fieldID), which the schema has not"
      }
      guard seen.insert(column.fieldID).inserted else { return "the field_id \(column.fieldID) twice" }
      if let lie = truths[index].lie(in: column, columns[index].type) {
        return "of column '\(columns[index].name)' \(lie)"
      }
    }
    return nil
  }

  /// All that a file and its summary owe, by the clause that is broken.
  func check(_ summary: FileSummary) throws(Objection) {
    if let lie = lie(in: summary) { throw .broken("the summary has \(lie)") }
    if let lie = columnLie(in: summary) { throw .broken("the summary has \(lie)") }
  }
}

/// The formats that a lake's metadata can name, as far as their outermost bytes go.
enum LakeFileFormat: String, CaseIterable {
  case parquet = "PARQUET"
  case orc = "ORC"
  case avro = "AVRO"

  /// Why the bytes are no such file; nil if they look like one.
  func flaw(_ bytes: [UInt8], rows: Int64) -> String? {
    switch self {
    case .parquet: Self.parquetFlaw(bytes)
    case .orc: Self.orcFlaw(bytes)
    case .avro: Self.avroFlaw(bytes, rows: rows)
    }
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    bytes.isEmpty ? "nothing" : "'\(String(decoding: bytes, as: UTF8.self))'"
  }

  /// https://parquet.apache.org/docs/file-format: PAR1, row groups, footer, its length in 4 bytes, PAR1.
  private static func parquetFlaw(_ bytes: [UInt8]) -> String? {
    let magic = Array("PAR1".utf8)
    guard bytes.starts(with: magic) else { return "it begins with \(text(bytes.prefix(4))), not with PAR1" }
    guard bytes.count >= 12 else { return "it ends there" }
    guard bytes.suffix(4).elementsEqual(magic) else {
      return "it ends with \(text(bytes.suffix(4))), not with PAR1"
    }
    let length = bytes.suffix(8).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    return length > 0 && length <= bytes.count - 12 ? nil : "its footer has \(length) bytes of \(bytes.count)"
  }

  /// https://orc.apache.org/specification: ORC, stripes, footer, postscript that ends in ORC, its length in a byte.
  private static func orcFlaw(_ bytes: [UInt8]) -> String? {
    let magic = Array("ORC".utf8)
    guard bytes.starts(with: magic) else { return "it begins with \(text(bytes.prefix(3))), not with ORC" }
    guard bytes.count > 8, bytes.dropLast().suffix(3).elementsEqual(magic) else {
      return "its postscript does not end with ORC"
    }
    return Int(bytes[bytes.count - 1]) < bytes.count - 3 ? nil : "its postscript is longer than the file"
  }

  /// https://avro.apache.org/docs/1.12.0/specification: Obj1, metadata, a mark, and blocks that end in the mark.
  private static func avroFlaw(_ bytes: [UInt8], rows: Int64) -> String? {
    guard bytes.starts(with: [0x4F, 0x62, 0x6A, 1]) else { return "it does not begin with Obj and 1" }
    do throws(AvroError) { return try avroBlocks(bytes, rows: rows) } catch { return "\(error)" }
  }

  private static func avroBlocks(_ bytes: [UInt8], rows: Int64) throws(AvroError) -> String? {
    var decoder = AvroDecoder(bytes)
    _ = try decoder.take(4)
    while true {
      let pairs = try decoder.long()
      if pairs == 0 { break }
      if pairs < 0 { _ = try decoder.long() }
      for _ in 0..<min(pairs.magnitude, 1 << 10) * 2 { _ = try decoder.lengthPrefixed() }
    }
    let mark = try decoder.take(16)
    var found: Int64 = 0
    while !decoder.isAtEnd {
      found &+= try decoder.long()
      _ = try decoder.lengthPrefixed()
      guard try decoder.take(16) == mark else { return "a block does not end with the mark of its header" }
    }
    return found == rows ? nil : "its blocks have \(found) records, \(rows) rows were written"
  }
}
