extension Column {
  /// Appends the value of a row as a person would write it: numbers, ISO 8601, `true`, hexadecimal for bytes, JSON for
  /// nested types. The row must not be null.
  public func appendText(_ row: Int, to text: inout [UInt8]) {
    switch type {
    case .string, .largeString, .stringView: if let texts { text += texts[row] }
    case .dictionary: dictionaryValues?.appendText(dictionaryIndex(at: row), to: &text)
    case .null: text += "null".utf8
    case .list, .largeList, .fixedSizeList, .structure, .map: appendJSON(row, to: &text)
    default: appendScalar(row, to: &text)
    }
  }

  /// Appends the value of a row as JSON; NaN and infinities, for which JSON has no numbers, as strings.
  public func appendJSON(_ row: Int, to text: inout [UInt8]) {
    if isNull(row) {
      text += "null".utf8
      return
    }
    switch type {
    case .bool, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .decimal:
      appendScalar(row, to: &text)
    case .float16, .float32, .float64:
      let isFinite = double(row).isFinite
      if !isFinite { text.append(UInt8(ascii: "\"")) }
      appendScalar(row, to: &text)
      if !isFinite { text.append(UInt8(ascii: "\"")) }
    case .list, .largeList, .fixedSizeList, .map: appendList(row, to: &text)
    case .structure: Self.appendObject(children, row, to: &text)
    case .dictionary: dictionaryValues?.appendJSON(dictionaryIndex(at: row), to: &text)
    default:
      var plain: [UInt8] = []
      appendText(row, to: &plain)
      JSONText.append(string: plain, to: &text)
    }
  }

  public func isNull(_ row: Int) -> Bool {
    if type == .null { return true }
    return validity.map { !$0[row] } ?? false
  }

  /// One JSON object with a member for each column.
  static func appendObject(_ columns: [Column], _ row: Int, to text: inout [UInt8]) {
    text.append(UInt8(ascii: "{"))
    for (index, column) in columns.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      JSONText.append(string: Array(column.name.utf8), to: &text)
      text.append(UInt8(ascii: ":"))
      column.appendJSON(row, to: &text)
    }
    text.append(UInt8(ascii: "}"))
  }

  private func appendList(_ row: Int, to text: inout [UInt8]) {
    text.append(UInt8(ascii: "["))
    for (index, element) in listRange(at: row).enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      children[0].appendJSON(element, to: &text)
    }
    text.append(UInt8(ascii: "]"))
  }

  private func appendScalar(_ row: Int, to text: inout [UInt8]) {
    switch type {
    case .bool: text += (booleans[row] ? "true" : "false").utf8
    case .uint64: text += String(values(as: UInt64.self)[row]).utf8
    case .float32: text += "\(values(as: Float.self)[row])".utf8
    case .float16, .float64: text += "\(double(row))".utf8
    case .decimal(_, let scale, _):
      if let unscaled = decimal(row) { NumberText.append(decimal: unscaled, scale: scale, to: &text) }
    case .date32: TimeText.append(date: Int(integer(row)), to: &text)
    case .date64: TimeText.append(date: Int(TimeText.divide(integer(row), 86_400_000).quotient), to: &text)
    case .time32(let unit), .time64(let unit): TimeText.append(time: integer(row), unit: unit, to: &text)
    case .timestamp(let unit, let zone):
      TimeText.append(timestamp: integer(row), unit: unit, isInstant: zone != nil, to: &text)
    case .uuid: JSONText.append(uuid: bytes(row), to: &text)
    case .binary, .largeBinary, .binaryView, .fixedSizeBinary, .intervalDayTime, .intervalMonthDayNano:
      JSONText.append(hexadecimal: bytes(row), to: &text)
    default: NumberText.append(integer: integer(row), to: &text)
    }
  }

  /// The value of a row of any type of whole numbers, dates and times; 0 for other types.
  func integer(_ row: Int) -> Int64 {
    switch type {
    case .int8: Int64(values(as: Int8.self)[row])
    case .uint8: Int64(values(as: UInt8.self)[row])
    case .int16: Int64(values(as: Int16.self)[row])
    case .uint16: Int64(values(as: UInt16.self)[row])
    case .int32, .date32, .time32, .intervalMonths: Int64(values(as: Int32.self)[row])
    case .uint32: Int64(values(as: UInt32.self)[row])
    case .int64, .date64, .time64, .timestamp, .duration: values(as: Int64.self)[row]
    default: 0
    }
  }

  /// The value of a row of any type of floating point.
  func double(_ row: Int) -> Double {
    switch type {
    case .float16: JSONText.double(half: values(as: UInt16.self)[row])
    case .float32: Double(values(as: Float.self)[row])
    default: values(as: Double.self)[row]
    }
  }

  /// The unscaled value of a decimal; nil for one beyond 128 bits.
  public func decimal(_ row: Int) -> Int128? {
    guard case .decimal(_, _, let bits) = type, let base = fixedBytes else { return nil }
    let at = base + row * (bits / 8)
    switch bits {
    case 32: return Int128(at.loadUnaligned(as: Int32.self))
    case 64: return Int128(at.loadUnaligned(as: Int64.self))
    default:
      let value = at.loadUnaligned(as: Int128.self)
      if bits == 256, (at + 16).loadUnaligned(as: Int128.self) != value >> 127 { return nil }
      return value
    }
  }

  private func bytes(_ row: Int) -> UnsafeRawBufferPointer {
    if let texts { return UnsafeRawBufferPointer(texts[row]) }
    guard let base = fixedBytes, let width = type.byteWidth else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    return UnsafeRawBufferPointer(start: base + row * width, count: width)
  }
}

extension Batch {
  /// A row as one JSON object, cut to what a reject may carry.
  public func json(row: Int) -> [UInt8] {
    var text: [UInt8] = []
    Column.appendObject(columns, row, to: &text)
    return text
  }
}
