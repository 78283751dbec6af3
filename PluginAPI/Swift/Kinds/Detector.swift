/// Watches batches go by and reports what is unusual. It changes no row.
public protocol Detector: PluginInstance {
  /// Whether it learns anything. `save` and `restore` are called only if it does.
  static var hasState: Bool { get }

  /// Fixes the columns. Once per instance. Throws `invalidConfig` with the name of a column that is missing or of an
  /// unsuitable type.
  func bind(stream: String, schema: Schema, call: Call) throws

  /// Looks at a batch, which is lent for the call. Batches come in the same order in every run over the same data.
  func inspect(_ batch: Batch, call: Call) throws -> [Finding]

  /// The stream has been read to its end in this run.
  func finish(_ summary: RunSummary, call: Call) throws -> [Finding]

  /// What has been learnt, at most 1 MiB. The host commits it together with the rows that were inspected. It comes before
  /// each commit, and in a worker after each batch, so it is quick.
  func save(call: Call) throws -> [UInt8]

  /// Puts back what `save` gave, possibly of an earlier version: `unsupported` makes the host start afresh.
  func restore(_ state: [UInt8], call: Call) throws
}

extension Detector {
  public static var hasState: Bool { false }
  public func finish(_ summary: RunSummary, call: Call) throws -> [Finding] { [] }
  public func save(call: Call) throws -> [UInt8] { [] }
  public func restore(_ state: [UInt8], call: Call) throws {}
}

/// Something unusual.
public struct Finding: Sendable, Hashable {
  public enum Severity: Int32, Sendable, CaseIterable {
    case info = 0, warning, critical
  }
  public var severity: Severity
  /// Which of the detector's rules: `robust_z_score`.
  public var rule: String
  /// Empty if it is about the batch or the run.
  public var column: String
  /// For a person: `amount 9100 is 14.2 deviations above the median 31.5`.
  public var message: String
  /// Index in the batch, -1 if it is about no row.
  public var row: Int
  /// How unusual: 1 is the threshold.
  public var score: Double
  /// NaN where there is no such number.
  public var observed: Double
  public var expected: Double

  public init(
    _ severity: Severity, rule: String, column: String = "", message: String, row: Int = -1, score: Double = 1,
    observed: Double = .nan, expected: Double = .nan
  ) {
    self.severity = severity
    self.rule = rule
    self.column = column
    self.message = message
    self.row = row
    self.score = score
    self.observed = observed
    self.expected = expected
  }
}

/// The run that is about to end.
public struct RunSummary: Sendable {
  /// Of this stream in this run, across interruptions.
  public var rows: UInt64
  /// Now, in microseconds since 1970.
  public var wallTimeMicroseconds: Int64

  public init(rows: UInt64, wallTimeMicroseconds: Int64) {
    self.rows = rows
    self.wallTimeMicroseconds = wallTimeMicroseconds
  }
}
