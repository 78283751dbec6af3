import HeadracePlugin

/// A conversion from the type of a column to another. Nothing is lost in silence: a value that does not fit exactly is
/// a failure, but for a double from a decimal, the date of a timestamp, and digits beyond the microsecond.
struct Cast {
  let source: DataType
  let target: CastTarget

  struct Converted {
    var data: ArrowData
    /// Positions among the selected rows, ascending.
    var failures: [Int]
  }

  /// Nil if the column has the type already. Throws `invalidConfig` if there is no such conversion.
  init?(_ field: Field, to target: CastTarget) throws(PluginError) {
    if field.type == target.type { return nil }
    switch (field.type, target) {
    case (.largeString, .string), (.stringView, .string): return nil
    case (.timestamp(.microsecond, .some), .timestamptz): return nil
    default: break
    }
    source = field.type
    self.target = target
    guard Self.isPossible(from: source, to: target) else {
      throw PluginError(
        .invalidConfig,
        "cast: column '\(field.name)' is a \(source.description), which cannot become a "
          + target.description)
    }
  }

  private enum Family {
    case text, whole, wide, floating, boolean, date, time, timestamp, uuid, other
  }

  private static func family(of type: DataType) -> Family {
    switch type {
    case .string, .largeString, .stringView: .text
    case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32: .whole
    case .uint64: .wide
    case .decimal(_, let scale, let bits): bits <= 128 && scale >= 0 ? .wide : .other
    case .float32, .float64: .floating
    case .bool: .boolean
    case .date32, .date64: .date
    case .time32, .time64: .time
    case .timestamp: .timestamp
    case .uuid, .fixedSizeBinary(16): .uuid
    default: .other
    }
  }

  private static func isPossible(from source: DataType, to target: CastTarget) -> Bool {
    let family = family(of: source)
    switch target {
    case .string: return true
    case .boolean: return family == .text || family == .whole
    case .int, .long, .float, .double, .decimal:
      return [.text, .whole, .wide, .floating].contains(family) || family == .boolean && target != .float
    case .date: return [.text, .date, .timestamp].contains(family)
    case .time: return [.text, .time].contains(family)
    case .timestamp, .timestamptz: return [.text, .date, .timestamp].contains(family)
    case .uuid: return [.text, .uuid].contains(family)
    }
  }

  func apply(_ column: Column, _ selection: Selection, _ allocator: Allocator) throws(PluginError) -> Converted {
    let kernel = CastKernel(column: column, selection: selection, allocator: allocator)
    if target == .string { return try kernel.toText() }
    switch Self.family(of: source) {
    case .text: return kernel.fromText(target)
    case .whole: return kernel.fromWhole(target)
    case .wide: return kernel.fromWide(target)
    case .floating: return kernel.fromFloating(target)
    case .boolean: return kernel.fromBoolean(target)
    case .date, .time, .timestamp: return kernel.fromMoment(target)
    case .uuid, .other: return Converted(data: column.gather(selection, allocator: allocator), failures: [])
    }
  }
}
