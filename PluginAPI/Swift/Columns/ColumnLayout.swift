/// How a column's values lie in memory: Arrow's physical layouts, of which a type's logical part (units, time zone,
/// decimal scale) is no business of a builder.
public indirect enum ColumnLayout: Sendable, Hashable {
  /// A bit per value.
  case bool
  /// `bytes` bytes per value: integers, floats, dates, times, decimals (16), UUIDs (16).
  case fixed(bytes: Int)
  /// Offsets of 32 bits into one run of bytes: `utf8` and `binary`.
  case bytes
  /// Offsets of 32 bits into a child column.
  case list(ColumnLayout)
}

extension ColumnLayout {
  /// The layout of a type, nil for those that a builder does not make: structs, maps, dictionaries, views, lists of a
  /// fixed size, and texts with offsets of 64 bits.
  public init?(_ type: DataType) {
    switch type {
    case .bool: self = .bool
    case .string, .binary: self = .bytes
    case .list(let element):
      guard let layout = ColumnLayout(element.type) else { return nil }
      self = .list(layout)
    case .dictionary: return nil
    default:
      guard let width = type.byteWidth else { return nil }
      self = .fixed(bytes: width)
    }
  }
}
