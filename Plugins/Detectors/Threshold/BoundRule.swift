import HeadracePlugin

/// A rule fitted to its column, and what it has counted in this run.
struct BoundRule {
  let config: ThresholdConfig.Rule
  private let column: Int
  private let minimum: Double?
  private let maximum: Double?
  private let maximumFindings: Int
  var rows: Int64 = 0
  var nulls: Int64 = 0

  init(_ config: ThresholdConfig.Rule, schema: Schema, maximumFindings: Int) throws(PluginError) {
    self.config = config
    self.maximumFindings = maximumFindings
    column = try schema.requireIndex(of: config.column)
    let type = schema.fields[column].type
    minimum = try config.minimum.map { limit throws(PluginError) in try Self.limit(limit, config.column, type) }
    maximum = try config.maximum.map { limit throws(PluginError) in try Self.limit(limit, config.column, type) }
    if let minimum, let maximum, minimum > maximum {
      throw PluginError(.invalidConfig, "column '\(config.column)': 'min' is greater than 'max'")
    }
  }

  /// A limit as a number: of the column's own kind, or microseconds for dates and times.
  private static func limit(_ limit: Configuration, _ column: String, _ type: DataType) throws(PluginError) -> Double {
    let isText: Bool
    if case .string = limit.value { isText = true } else { isText = false }
    var value: Double?
    switch type {
    case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .float16, .float32, .float64, .decimal:
      value = isText ? nil : try limit.double()
    case .date32, .date64, .time32, .time64, .timestamp:
      value = isText ? moment(try limit.string(), type).map { Double($0) } : nil
    default: break
    }
    guard let value else {
      throw limit.error("column '\(column)' is a \(type.description), which this is no limit for")
    }
    return value
  }

  private static func moment(_ text: String, _ type: DataType) -> Int64? {
    Array(text.utf8).withUnsafeBufferPointer { bytes in
      switch type {
      case .time32, .time64: TimeText.time(bytes)
      case .timestamp(_, .some): TimeText.instant(bytes)
      default: TimeText.timestamp(bytes)
      }
    }
  }

  mutating func inspect(_ batch: Batch) -> [Finding] {
    let column = batch.columns[column]
    rows += Int64(batch.rowCount)
    nulls += Int64(column.nullCount)
    guard minimum != nil || maximum != nil else { return [] }
    guard let values = column.doubles() ?? column.microseconds()?.map({ Double($0) }) else { return [] }
    let least = minimum ?? -.infinity
    let greatest = maximum ?? .infinity
    let validity = column.validity
    var list = FindingList(limit: maximumFindings)
    for row in 0..<values.count where !(values[row] >= least && values[row] <= greatest) {
      if let validity, !validity[row] { continue }
      let score = score(values[row])
      list.append(score: score) { finding(column, row, values[row], score) }
    }
    return list.summarised(severity: config.severity, rule: config.name, column: config.column)
  }

  /// 1 at the limit, and 2 where the value is beyond it by the width of what is usual (with one limit, by its size).
  private func score(_ value: Double) -> Double {
    guard !value.isNaN else { return 1 }
    let limit = (value < minimum ?? -.infinity ? minimum : maximum) ?? 0
    var width = abs(limit)
    if let minimum, let maximum { width = maximum - minimum }
    return 1 + abs(value - limit) / (width > 0 ? width : 1)
  }

  private func finding(_ column: Column, _ row: Int, _ value: Double, _ score: Double) -> Finding {
    var text: [UInt8] = []
    column.appendText(row, to: &text)
    let isBelow = value < minimum ?? -.infinity
    let limit = isBelow ? config.minimum ?? config.maximum : config.maximum ?? config.minimum
    let relation = value.isNaN ? "not within" : isBelow ? "below" : "above"
    let message = "\(config.column) \(String(decoding: text, as: UTF8.self)) is \(relation) \(Self.text(of: limit))"
    return Finding(
      config.severity, rule: config.name, column: config.column, message: message, row: row, score: score,
      observed: value, expected: (isBelow ? minimum : maximum) ?? minimum ?? .nan)
  }

  private static func text(of limit: Configuration?) -> String {
    switch limit?.value {
    case .integer(let value): "\(value)"
    case .double(let value): "\(value)"
    case .string(let value): value
    default: "the limit"
    }
  }

  /// Judges the null rate of the run, and begins the next.
  mutating func finishRun() -> Finding? {
    defer { (rows, nulls) = (0, 0) }
    guard let limit = config.maximumNullRate, rows > 0 else { return nil }
    let rate = Double(nulls) / Double(rows)
    guard rate > limit else { return nil }
    return Finding(
      config.severity, rule: "null_rate", column: config.column,
      message: "\(config.column) is null in \(nulls) of \(rows) rows, a rate of \(rate) above \(limit)",
      score: limit > 0 ? rate / limit : 1 + rate, observed: rate, expected: limit)
  }
}
