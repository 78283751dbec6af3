import HeadracePlugin

/// A configuration fitted to the columns of a stream.
struct MapPlan {
  /// Where a column of the output comes from.
  enum Origin {
    case input(Int)
    case cast(Int, Cast)
    case constant(MapConfig.Constant)
  }
  /// A value that does not fit the type that its column is cast to.
  struct Failure {
    /// Among the selected rows.
    var position: Int
    var column: Int
    var target: CastTarget
  }

  let filter: Predicate?
  let origins: [Origin]
  let output: Schema

  init(_ config: MapConfig, input: Schema) throws(PluginError) {
    filter = try config.filter.map { expression throws(PluginError) in
      try Predicate(expression, schema: input, text: config.filterText)
    }
    var origins: [Origin] = []
    var fields: [Field] = []
    for index in try Self.kept(config, input) {
      var field = input.fields[index]
      if let target = config.cast.first(where: { $0.column == field.name })?.target,
        let cast = try Cast(field, to: target)
      {
        origins.append(.cast(index, cast))
        field.type = target.type
      } else {
        origins.append(.input(index))
      }
      field.name = config.rename.first { $0.from == field.name }?.to ?? field.name
      fields.append(field)
    }
    for (name, value) in config.add {
      origins.append(.constant(value))
      fields.append(Field(name, value.type))
    }
    try Self.requireUnique(fields)
    self.origins = origins
    output = Schema(fields, metadata: input.metadata)
  }

  /// The columns that stay. Every name in the configuration must be one of them: a cast of a dropped column is a
  /// mistake.
  private static func kept(_ config: MapConfig, _ input: Schema) throws(PluginError) -> [Int] {
    var kept: [Int] = []
    if let select = config.select {
      for name in select { kept.append(try input.requireIndex(of: name)) }
    } else {
      var dropped: Set<Int> = []
      for name in config.drop { dropped.insert(try input.requireIndex(of: name)) }
      kept = input.fields.indices.filter { !dropped.contains($0) }
    }
    for (key, names) in [("cast", config.cast.map(\.column)), ("rename", config.rename.map(\.from))] {
      for name in names {
        let index = try input.requireIndex(of: name)
        guard kept.contains(index) else {
          throw PluginError(.invalidConfig, "\(key): the column '\(name)' is not kept")
        }
      }
    }
    return kept
  }

  private static func requireUnique(_ fields: [Field]) throws(PluginError) {
    var seen: Set<String> = []
    for field in fields where !seen.insert(field.name).inserted {
      throw PluginError(.invalidConfig, "two columns would be named '\(field.name)'")
    }
    guard !fields.isEmpty else { throw PluginError(.invalidConfig, "no column would be left") }
  }

  /// The output for the selected rows, and what did not fit, at most one failure a row.
  func columns(of batch: Batch, _ selection: Selection, _ allocator: Allocator) throws(PluginError)
    -> (data: [ArrowData], failures: [Failure])
  {
    var data: [ArrowData] = []
    var failures: [Int: Failure] = [:]
    for origin in origins {
      switch origin {
      case .input(let index): data.append(batch.columns[index].gather(selection, allocator: allocator))
      case .constant(let value): data.append(value.column(rows: selection.count, allocator))
      case .cast(let index, let cast):
        let converted = try cast.apply(batch.columns[index], selection, allocator)
        data.append(converted.data)
        for position in converted.failures where failures[position] == nil {
          failures[position] = Failure(position: position, column: index, target: cast.target)
        }
      }
    }
    return (data, failures.values.sorted { $0.position < $1.position })
  }

  func rejects(_ failures: [Failure], _ batch: Batch, _ selection: Selection) -> [Reject] {
    var rejects: [Reject] = []
    var next = 0
    var before = 0
    for run in selection.runs {
      while next < failures.count, failures[next].position < before + run.count {
        rejects.append(reject(failures[next], batch, row: run.start + failures[next].position - before))
        next += 1
      }
      before += run.count
    }
    return rejects
  }

  private func reject(_ failure: Failure, _ batch: Batch, row: Int) -> Reject {
    let longest = 64
    let column = batch.columns[failure.column]
    var value: [UInt8] = []
    column.appendText(row, to: &value)
    let shown = String(decoding: value.prefix(longest), as: UTF8.self) + (value.count > longest ? "…" : "")
    return Reject(
      row: row, reason: "column '\(column.name)': '\(shown)' is not \(failure.target.phrase)",
      record: batch.json(row: row))
  }
}

extension MapConfig.Constant {
  var type: DataType {
    switch self {
    case .bool: .bool
    case .integer: .int64
    case .double: .float64
    case .string: .string
    }
  }

  func column(rows: Int, _ allocator: Allocator) -> ArrowData {
    let values: Memory
    switch self {
    case .bool(let value):
      values = Memory.zeroed((rows + 7) / 8, allocator: allocator)
      if value { values.base.initializeMemory(as: UInt8.self, repeating: 0xFF, count: values.count) }
    case .integer(let value): values = Self.repeated(value, rows, allocator)
    case .double(let value): values = Self.repeated(value, rows, allocator)
    case .string(let text): return Self.column(of: Array(text.utf8), rows, allocator)
    }
    return ArrowData(length: rows, nullCount: 0, buffers: [nil, values])
  }

  private static func repeated<T: BitwiseCopyable>(_ value: T, _ rows: Int, _ allocator: Allocator) -> Memory {
    let memory = Memory(capacity: rows * MemoryLayout<T>.size, allocator: allocator)
    for _ in 0..<rows { memory.append(value) }
    return memory
  }

  private static func column(of text: [UInt8], _ rows: Int, _ allocator: Allocator) -> ArrowData {
    let offsets = Memory(capacity: (rows + 1) * 4, allocator: allocator)
    let bytes = Memory(capacity: rows * text.count, allocator: allocator)
    for row in 0...rows { offsets.append(Int32(truncatingIfNeeded: row * text.count)) }
    text.withUnsafeBytes { text in for _ in 0..<rows { bytes.append(text) } }
    return ArrowData(length: rows, nullCount: 0, buffers: [nil, offsets, bytes])
  }
}
