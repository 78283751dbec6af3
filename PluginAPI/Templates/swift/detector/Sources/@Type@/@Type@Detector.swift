import HeadracePlugin

/// Reports each value of one column that is above a limit. Nulls are ignored.
final class @Type@Detector: Detector {
  static let configurationSchema = """
    {"type": "object", "additionalProperties": false, "required": ["column", "limit"], "properties": {
      "column": {"description": "The column of numbers to watch.", "type": "string", "minLength": 1},
      "limit": {"description": "The greatest value that is usual.", "type": "number"}
    }}
    """
  private let name: String
  private let limit: Double
  private var index = 0

  init(configuration: Configuration, host: Host) throws {
    name = try configuration.string("column")
    limit = try configuration.double("limit")
  }

  func bind(stream: String, schema: Schema, call: Call) throws {
    try call.check()
    index = try schema.requireIndex(of: name)
    let type = schema.fields[index].type
    guard [.int64, .float64].contains(type) else {
      throw PluginError(.invalidConfig, "column '\(name)' is a \(type.description), not a long or a double")
    }
  }

  /// At most 100 findings: a batch that is wrong throughout should not fill the log.
  func inspect(_ batch: Batch, call: Call) throws -> [Finding] {
    try call.check()
    let validity = batch.columns[index].validity
    let values = batch.columns[index].doubles() ?? []
    let above = values.indices.lazy.filter { values[$0] > self.limit && validity?[$0] ?? true }
    return above.prefix(100).map { finding(row: $0, values[$0]) }
  }

  /// The score is 1 at the limit, and 2 where the value is beyond it by the limit's own size.
  private func finding(row: Int, _ value: Double) -> Finding {
    Finding(
      .warning, rule: "above_limit", column: name, message: "\(name) \(value) is above \(limit)", row: row,
      score: 1 + (value - limit) / (limit == 0 ? 1 : abs(limit)), observed: value, expected: limit)
  }
}
