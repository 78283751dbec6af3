import HeadracePlugin

/// Filters rows; casts, selects, drops, renames and adds columns. Columns that nothing happens to are handed on without
/// a copy.
final class MapTransform: Transform {
  static let configurationSchema = MapConfig.schema
  static let allowsPassThrough = true
  private let config: MapConfig
  private let allocator: Allocator
  private var plan: MapPlan?

  init(configuration: Configuration, host: Host) throws {
    config = try MapConfig(configuration)
    allocator = host.allocator
  }

  func bind(stream: String, input: Schema, call: Call) throws -> Schema {
    let plan = try MapPlan(config, input: input)
    self.plan = plan
    return plan.output
  }

  func apply(_ input: Batch, call: Call) throws -> TransformedBatch {
    guard let plan else { throw PluginError(.fatal, "map was not bound to columns") }
    var selection = Selection(all: input.rowCount)
    if let filter = plan.filter {
      selection = filter.evaluate(input).withUnsafeBufferPointer { Selection(mask: $0) }
    }
    var columns = try plan.columns(of: input, selection, allocator)
    guard !columns.failures.isEmpty else {
      return TransformedBatch(columns: columns.data, rows: selection.count)
    }
    let rejects = plan.rejects(columns.failures, input, selection)
    selection = selection.removing(positions: columns.failures.map(\.position))
    columns = try plan.columns(of: input, selection, allocator)
    return TransformedBatch(columns: columns.data, rows: selection.count, rejects: rejects)
  }
}
