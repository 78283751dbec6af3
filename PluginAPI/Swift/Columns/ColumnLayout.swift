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
