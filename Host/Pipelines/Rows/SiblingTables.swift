import CArrow
import HostFormats
package import HostModel
import HostPluginCalls

/// The tables that stand beside a destination table: rows that could not be kept, and what detectors saw.
package enum SiblingTable: Sendable {
  case deadLetters
  case findings

  package func name(of table: TableName) -> TableName {
    switch self {
    case .deadLetters: TableName(namespace: table.namespace, name: table.name + "__dead_letters")
    case .findings: TableName(namespace: table.namespace, name: table.name + "__findings")
    }
  }

  /// The columns. Every row says where it came from: the same split and ordinal that its neighbours were committed under.
  package var schema: Schema {
    let origin = [
      Field("pipeline", .string, nullable: false), Field("stream", .string, nullable: false),
      Field("source_id", .integer(bits: 64), nullable: false), Field("split", .string, nullable: false),
      Field("ordinal", .integer(bits: 64), nullable: false),
    ]
    let ingested = Field("ingested_at", .timestamp(zoned: true), nullable: false)
    switch self {
    case .deadLetters:
      return Schema(
        origin + [
          Field("place", .string), Field("stage", .string, nullable: false), Field("plugin", .string, nullable: false),
          Field("status", .string, nullable: false), Field("reason", .string, nullable: false),
          Field("record", .binary), ingested,
        ])
    case .findings:
      return Schema(
        origin + [
          Field("detector", .string, nullable: false), Field("rule", .string, nullable: false),
          Field("column", .string), Field("severity", .string, nullable: false),
          Field("message", .string, nullable: false), Field("row", .integer(bits: 64)),
          Field("score", .double, nullable: false), Field("observed", .double), Field("expected", .double), ingested,
        ])
    }
  }
}

/// A row that becomes a dead letter, and which stage refused it.
struct DeadLetter: Sendable {
  enum Stage: String, Sendable {
    case source, transform, contract
  }
  var stage: Stage
  var plugin: String
  var reject: Reject
}

/// A finding, and which detector made it.
struct DetectorFinding: Sendable {
  var detector: String
  var finding: Finding
}

/// What becomes a row of a sibling table.
protocol SiblingRow {
  /// The bytes of its longer texts.
  var textBytes: Int { get }
}

extension DeadLetter: SiblingRow {
  var textBytes: Int { reject.place.utf8.count + reject.reason.utf8.count + reject.record.count }
}

extension DetectorFinding: SiblingRow {
  var textBytes: Int { finding.rule.utf8.count + (finding.column?.utf8.count ?? 0) + finding.message.utf8.count }
}

/// Builds the rows of sibling tables.
struct SiblingRows {
  let stream: StreamID
  let sourceID: SourceID
  let ingestedAt: WallTime

  /// Rows in batches that their columns have room for: a column of text holds less than 2 GiB, and what plugins say about
  /// a batch knows no bound.
  ///
  /// - Parameter bytes: a batch ends at the first row that makes it as large.
  static func parts<Row: SiblingRow>(_ rows: [Row], rows most: Int = 8192, bytes: Int = 64 << 20) -> [[Row]] {
    var parts: [[Row]] = []
    var size = bytes
    for row in rows {
      if size >= bytes || parts[parts.count - 1].count >= most {
        parts.append([])
        size = 0
      }
      parts[parts.count - 1].append(row)
      size += row.textBytes
    }
    return parts
  }

  func deadLetters(_ letters: [DeadLetter], split: String, ordinal: UInt64) -> RecordBatch {
    var place = ColumnBuilder(.string)
    var stage = ColumnBuilder(.string)
    var plugin = ColumnBuilder(.string)
    var status = ColumnBuilder(.string)
    var reason = ColumnBuilder(.string)
    var record = ColumnBuilder(.binary)
    for letter in letters {
      place.append(letter.reject.place.isEmpty ? nil : letter.reject.place)
      stage.append(letter.stage.rawValue)
      plugin.append(letter.plugin)
      status.append(letter.reject.status.name)
      reason.append(letter.reject.reason)
      record.append(letter.reject.record)
    }
    let columns =
      origin(letters.count, split: split, ordinal: ordinal) + [
        place.finish().take(), stage.finish().take(), plugin.finish().take(), status.finish().take(),
        reason.finish().take(), record.finish().take(), ingested(letters.count),
      ]
    return RecordBatch(SiblingTable.deadLetters.schema, rows: letters.count, columns: columns)
  }

  func findings(_ findings: [DetectorFinding], split: String, ordinal: UInt64) -> RecordBatch {
    var detector = ColumnBuilder(.string)
    var rule = ColumnBuilder(.string)
    var column = ColumnBuilder(.string)
    var severity = ColumnBuilder(.string)
    var message = ColumnBuilder(.string)
    var row = ColumnBuilder(.long)
    var score = ColumnBuilder(.double)
    var observed = ColumnBuilder(.double)
    var expected = ColumnBuilder(.double)
    for entry in findings {
      let finding = entry.finding
      detector.append(entry.detector)
      rule.append(finding.rule)
      column.append(finding.column)
      severity.append(finding.severity.name)
      message.append(finding.message)
      row.append(finding.row.map(Int64.init))
      score.append(finding.score)
      observed.append(finding.observed)
      expected.append(finding.expected)
    }
    let columns =
      origin(findings.count, split: split, ordinal: ordinal) + [
        detector.finish().take(), rule.finish().take(), column.finish().take(), severity.finish().take(),
        message.finish().take(), row.finish().take(), score.finish().take(), observed.finish().take(),
        expected.finish().take(), ingested(findings.count),
      ]
    return RecordBatch(SiblingTable.findings.schema, rows: findings.count, columns: columns)
  }

  private func origin(_ count: Int, split: String, ordinal: UInt64) -> [ArrowArray] {
    [
      ColumnBuilder.constant(stream.pipeline, count: count).take(),
      ColumnBuilder.constant(stream.stream, count: count).take(),
      ColumnBuilder.constant(sourceID.value, count: count).take(), ColumnBuilder.constant(split, count: count).take(),
      ColumnBuilder.constant(Int64(clamping: ordinal), count: count).take(),
    ]
  }

  private func ingested(_ count: Int) -> ArrowArray {
    ColumnBuilder.constant(ingestedAt.microseconds, count: count).take()
  }
}
