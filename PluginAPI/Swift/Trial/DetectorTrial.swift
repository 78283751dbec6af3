import CArrow
public import CHeadrace

/// A detector on trial. Rows are JSON objects, as those of `TransformTrial`.
///
/// ```swift
/// let columns = Schema([Field("amount", .int64)])
/// let detector = try DetectorTrial(headrace_plugin_entry(), configuration: #"{"limit": 5}"#, columns: columns)
/// #expect(try detector.inspect([#"{"amount":4}"#, #"{"amount":6}"#]).map(\.row) == [1])
/// ```
public final class DetectorTrial: PluginTrial {
  private let table: headrace_detector
  private let columns: Schema

  /// Makes an instance and binds it to the columns.
  public init(_ entry: UnsafePointer<headrace_entry>?, configuration: String = "{}", columns: Schema) throws {
    table = try Self.table(HEADRACE_DETECTOR, of: entry, empty: headrace_detector())
    self.columns = columns
    try super.init(table.factory, configuration: configuration)
    var given = ArrowSchema()
    columns.export(to: &given)
    defer { given.release?(&given) }
    try call("bind") { call, error in
      "stream".withHeadraceString { table.bind(instance, call, $0, &given, error) }
    }
  }

  /// Shows the rows from `first` on: the batch is then a slice, which begins with an offset.
  public func inspect(_ rows: [String], from first: Int = 0) throws -> [Finding] {
    var array = try TrialRows.export(rows, columns, from: first)
    defer { array.release?(&array) }
    return try findings("inspect") { table.inspect(instance, $0, &array, $1, $2) }
  }

  /// Ends the run.
  public func finish(_ run: RunSummary) throws -> [Finding] {
    guard let finish = table.finish else { return [] }
    var summary = headrace_run_summary(
      struct_size: UInt32(MemoryLayout<headrace_run_summary>.size), reserved: 0, rows: run.rows,
      wall_time_us: run.wallTimeMicroseconds)
    return try findings("finish") { finish(instance, $0, &summary, $1, $2) }
  }

  /// What was learnt; nothing of a detector without state.
  public func save() throws -> [UInt8] {
    guard let save = table.save else { return [] }
    var buffer = headrace_buffer()
    buffer.struct_size = UInt32(MemoryLayout<headrace_buffer>.size)
    try call("save") { save(instance, $0, &buffer, $1) }
    defer { buffer.release?(&buffer) }
    return buffer.bytes.array
  }

  public func restore(_ state: [UInt8]) throws {
    guard let restore = table.restore else { return }
    let arena = Arena()
    let bytes = arena.bytes(state)
    try withExtendedLifetime(arena) {
      try call("restore") { restore(instance, $0, bytes, $1) }
    }
  }

  private func findings(
    _ name: String,
    _ body: (
      UnsafePointer<headrace_call>, UnsafeMutablePointer<headrace_finding_list>, UnsafeMutablePointer<headrace_error>
    ) -> headrace_status
  ) throws -> [Finding] {
    var list = headrace_finding_list()
    list.struct_size = UInt32(MemoryLayout<headrace_finding_list>.size)
    try call(name) { call, error in body(call, &list, error) }
    defer { list.release?(&list) }
    return try (0..<Int(list.n_items)).compactMap { list.items[$0]?.pointee }.map {
      guard let severity = Finding.Severity(rawValue: $0.severity) else {
        throw PluginError(.fatal, "\(name): there is no severity \($0.severity)")
      }
      return Finding(
        severity, rule: $0.rule.text, column: $0.column.text, message: $0.message.text, row: Int($0.row),
        score: $0.score, observed: $0.observed, expected: $0.expected)
    }
  }
}
