import CArrow
public import CHeadrace

/// A transform on trial. Rows are JSON objects, `{"city":"Ulm","n":1}`; in those that come in, a member that is missing
/// is null, and the types are booleans, `int32`, `int64`, `float64` and `string`.
///
/// ```swift
/// let input = Schema([Field("city", .string)])
/// let upper = try TransformTrial(headrace_plugin_entry(), configuration: #"{"column": "city"}"#, input: input)
/// #expect(try upper.apply([#"{"city":"Ulm"}"#]).rows == [#"{"city":"ULM"}"#])
/// ```
public final class TransformTrial: PluginTrial {
  public private(set) var output = Schema([])
  private let table: headrace_transform
  private let input: Schema

  /// Makes an instance and binds it to the columns.
  public init(_ entry: UnsafePointer<headrace_entry>?, configuration: String = "{}", input: Schema) throws {
    table = try Self.table(HEADRACE_TRANSFORM, of: entry, empty: headrace_transform())
    self.input = input
    try super.init(table.factory, configuration: configuration)
    var (given, made) = (ArrowSchema(), ArrowSchema())
    input.export(to: &given)
    defer { given.release?(&given) }
    try call("bind") { call, error in
      "stream".withHeadraceString { table.bind(instance, call, $0, &given, &made, error) }
    }
    defer { made.release?(&made) }
    output = try Schema(&made)
  }

  /// Applies the transform to the rows from `first` on: the batch is then a slice, which begins with an offset.
  public func apply(_ rows: [String], from first: Int = 0) throws -> (rows: [String], rejects: [Reject]) {
    var array = try TrialRows.export(rows, input, from: first)
    defer { array.release?(&array) }
    var batch = headrace_batch()
    batch.struct_size = UInt32(MemoryLayout<headrace_batch>.size)
    try call("apply") { table.apply(instance, $0, &array, &batch, $1) }
    defer {
      batch.array.release?(&batch.array)
      batch.release?(&batch)
    }
    let rejects = (0..<Int(batch.n_rejects)).compactMap { batch.rejects[$0]?.pointee }.map {
      Reject(
        row: Int($0.row), place: $0.place.text, reason: $0.reason.text, record: $0.record.array,
        status: PluginError.Status(rawValue: $0.status) ?? .fatal)
    }
    return (try TrialRows.read(&batch.array, output), rejects)
  }
}
