/// Builds a batch of rows column by column and gives it away as Arrow data.
///
/// A row is appended to every column and then counted with `endRow()`, or taken back with `discardRow()`.
public struct RecordBuilder: ~Copyable {
  /// One builder per column; valid as long as this is.
  public let columns: UnsafeMutableBufferPointer<ColumnBuilder>
  /// Rows that are complete.
  public private(set) var rowCount = 0

  /// - Parameter allocator: the host's, so that the batch crosses to it without a copy.
  public init(_ layouts: [ColumnLayout], allocator: Allocator = .system) {
    columns = .allocate(capacity: layouts.count)
    for (index, layout) in layouts.enumerated() {
      columns.initializeElement(at: index, to: ColumnBuilder(layout, allocator: allocator))
    }
  }

  /// One builder for each column of a schema. Throws `unsupported` for a type that a builder does not make.
  public init(_ schema: Schema, allocator: Allocator = .system) throws(PluginError) {
    var layouts: [ColumnLayout] = []
    for field in schema.fields {
      guard let layout = ColumnLayout(field.type) else {
        throw PluginError(.unsupported, "column '\(field.name)': a builder makes no \(field.type.description)")
      }
      layouts.append(layout)
    }
    self.init(layouts, allocator: allocator)
  }

  deinit {
    columns.deinitialize()
    columns.deallocate()
  }

  /// Every column has been given one more value.
  @inline(__always)
  public mutating func endRow() { rowCount &+= 1 }

  /// Takes back what the columns were given since the last complete row.
  public mutating func discardRow() {
    for index in columns.indices { columns[index].truncate(to: rowCount) }
  }

  /// Moves the rows into data for the host, one element per column, and starts again.
  public mutating func take() -> [ArrowData] {
    defer { rowCount = 0 }
    var data: [ArrowData] = []
    data.reserveCapacity(columns.count)
    for index in columns.indices { data.append(columns[index].take()) }
    return data
  }
}
