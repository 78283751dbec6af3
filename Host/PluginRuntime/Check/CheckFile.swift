package import HostFormats
package import HostModel
package import HostPluginCalls

/// `check.yaml`, beside a manifest: what a plugin is checked with, and what its author leaves out.
package struct CheckFile: YAMLRecord {
  package static let summary = "What a plugin is checked with: a configuration, sample columns, and clauses left out."

  /// The configuration of every instance, over the manifest's own.
  package var config: YAMLNode
  /// The columns of what a transform, a detector or a format is given.
  package var input: [String: SampleType]
  /// Clauses that are not tried, each with the author's reason.
  package var skip: [String: String]
  /// What requests over HTTP are answered.
  package var http: [CheckAnswer]
  /// How long a call may take.
  package var patience: Duration

  /// A type that there are sample rows of.
  package enum SampleType: String, Sendable, CaseIterable {
    case boolean, int, long, float, double, date, time, timestamp, timestamptz, string, binary

    package var type: DataType {
      switch self {
      case .boolean: .boolean
      case .int: .integer(bits: 32)
      case .long: .integer(bits: 64)
      case .float: .float
      case .double: .double
      case .date: .date
      case .time: .time
      case .timestamp: .timestamp(zoned: false)
      case .timestamptz: .timestamp(zoned: true)
      case .string: .string
      case .binary: .binary
      }
    }
  }

  /// The columns in the order of their names.
  package var columns: [Field] { input.sorted { $0.key < $1.key }.map { Field($0.key, $0.value.type) } }

  package init(from fields: inout YAMLRecordDecoder) {
    _ = fields.required("check", .integer(1...1), "The version of this file's format: 1.")
    config = fields.optional(
      "config", .tree, default: .emptyMapping(at: fields.place), "The configuration of every instance.")
    input = fields.optional(
      "input", .dictionary(of: .choice(of: SampleType.allCases, default: .string), keys: "columns"), default: [:],
      "Columns of the sample rows that a transform, a detector or a format is given, by name.")
    skip = fields.optional(
      "skip", .dictionary(of: .text, keys: "clauses"), default: [:], "Clauses that are left out, each with a reason.")
    http = fields.optional(
      "http", .list(of: .record, atMost: CheckAnswer.most), default: [],
      "What requests over HTTP are answered: of each the first that fits. None is sent.")
    patience = fields.optional(
      "patience", .duration(.milliseconds(100) ... .seconds(600)), default: .seconds(10),
      "How long a call may take before it counts as hung.")
    for (clause, reason) in skip {
      guard let known = Clause.named(clause) else {
        fields.refuse("skip", "there is no clause '\(clause)'")
        continue
      }
      if !known.isTried { fields.refuse("skip", "\(clause) is watched in every attempt and cannot be left out") }
      if reason.count < 10 { fields.refuse("skip", "the reason for leaving out \(clause) is too short to be one") }
    }
  }

  /// - Parameters:
  ///   - bytes: the file's content.
  ///   - file: the name for places.
  /// - Throws: all mistakes.
  package static func parse(_ bytes: [UInt8], file: String) throws(Failure) -> CheckFile {
    let document = YAMLDocument.parse(bytes, file: file)
    var mistakes = YAMLMistakes()
    mistakes.add(document.diagnostics)
    guard let root = document.root else { throw .invalid(mistakes.all) }
    guard let read = YAMLRecordDecoder.read(CheckFile.self, from: root, &mistakes), !mistakes.hasErrors else {
      throw .invalid(mistakes.all)
    }
    return read
  }

  /// The JSON Schema of the file.
  package static var schema: JSONValue {
    YAMLSchemaDocument.of(CheckFile.self, title: "Headrace plugin check", id: "headrace:check:1")
  }
}
