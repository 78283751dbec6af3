import HeadracePlugin

extension CastKernel {
  // MARK: From whole numbers of up to 64 bits with a sign, or 32 without.

  func fromWhole(_ target: CastTarget) -> Cast.Converted {
    switch column.type {
    case .int8: fromWhole(Int8.self, target)
    case .uint8: fromWhole(UInt8.self, target)
    case .int16: fromWhole(Int16.self, target)
    case .uint16: fromWhole(UInt16.self, target)
    case .int32: fromWhole(Int32.self, target)
    case .uint32: fromWhole(UInt32.self, target)
    default: fromWhole(Int64.self, target)
    }
  }

  private func fromWhole<S: FixedWidthInteger & BitwiseCopyable>(_ type: S.Type, _ target: CastTarget)
    -> Cast.Converted
  {
    let values = column.values(as: S.self)
    return switch target {
    case .int: fixed(Int32(0)) { Int32(exactly: values[$0]) }
    case .float: fixed(Float(0)) { Float(values[$0]) }
    case .double: fixed(Double(0)) { Double(values[$0]) }
    case .boolean: bits { values[$0] == 0 ? false : values[$0] == 1 ? true : nil }
    case .decimal(let precision, let scale):
      fixed(Int128(0)) { NumberText.rescale(Int128(values[$0]), from: 0, to: scale, precision: precision) }
    default: fixed(Int64(0)) { Int64(exactly: values[$0]) }
    }
  }

  func fromBoolean(_ target: CastTarget) -> Cast.Converted {
    let values = column.booleans
    return switch target {
    case .int: fixed(Int32(0)) { values[$0] ? 1 : 0 }
    case .double: fixed(Double(0)) { values[$0] ? 1 : 0 }
    case .decimal(let precision, let scale):
      fixed(Int128(0)) { NumberText.rescale(values[$0] ? 1 : 0, from: 0, to: scale, precision: precision) }
    default: fixed(Int64(0)) { values[$0] ? 1 : 0 }
    }
  }

  // MARK: From decimals, and whole numbers of 64 bits without a sign.

  func fromWide(_ target: CastTarget) -> Cast.Converted {
    if case .decimal(_, let scale, _) = column.type {
      let column = column
      return fromWide(target, scale: scale) { column.decimal($0) ?? 0 }
    }
    let values = column.values(as: UInt64.self)
    return fromWide(target, scale: 0) { Int128(values[$0]) }
  }

  @inline(__always)
  private func fromWide(_ target: CastTarget, scale: Int, _ read: (Int) -> Int128) -> Cast.Converted {
    switch target {
    case .int:
      return fixed(Int32(0)) {
        NumberText.rescale(read($0), from: scale, to: 0, precision: 38).flatMap { Int32(exactly: $0) }
      }
    case .float: return fixed(Float(0)) { Float(Self.double(read($0), scale)) }
    case .double: return fixed(Double(0)) { Self.double(read($0), scale) }
    case .decimal(let precision, let newScale):
      return fixed(Int128(0)) { NumberText.rescale(read($0), from: scale, to: newScale, precision: precision) }
    default:
      return fixed(Int64(0)) {
        NumberText.rescale(read($0), from: scale, to: 0, precision: 38).flatMap { Int64(exactly: $0) }
      }
    }
  }

  /// The nearest double. The quotient of two exact doubles is; else the way leads through the text.
  private static func double(_ unscaled: Int128, _ scale: Int) -> Double {
    if unscaled.magnitude < 1 << 53, scale <= 22 {
      var power = 1.0
      for _ in 0..<scale { power *= 10 }
      return Double(Int64(unscaled)) / power
    }
    var text: [UInt8] = []
    NumberText.append(decimal: unscaled, scale: scale, to: &text)
    return text.withUnsafeBufferPointer { NumberText.double($0) } ?? .nan
  }

  // MARK: From floating point.

  func fromFloating(_ target: CastTarget) -> Cast.Converted {
    if column.type == .float32 {
      let values = column.values(as: Float.self)
      return fromFloating(target, { Double(values[$0]) }, { "\(values[$0])" })
    }
    let values = column.values(as: Double.self)
    return fromFloating(target, { values[$0] }, { "\(values[$0])" })
  }

  @inline(__always)
  private func fromFloating(_ target: CastTarget, _ read: (Int) -> Double, _ text: (Int) -> String)
    -> Cast.Converted
  {
    switch target {
    case .int: return fixed(Int32(0)) { Int32(exactly: read($0)) }
    case .long: return fixed(Int64(0)) { Int64(exactly: read($0)) }
    case .float: return fixed(Float(0)) { Self.float(read($0)) }
    case .decimal(let precision, let scale):
      // The shortest text that stands for the number: 0.1 is meant by 0.1000000000000000055.
      return fixed(Int128(0)) { Self.decimal(text($0), precision: precision, scale: scale) }
    default: return fixed(Double(0)) { read($0) }
    }
  }

  /// The nearest float; nil where a finite number would become infinite.
  static func float(_ value: Double) -> Float? {
    let nearest = Float(value)
    return nearest.isInfinite && value.isFinite ? nil : nearest
  }

  private static func decimal(_ text: String, precision: Int, scale: Int) -> Int128? {
    let parts = text.split(separator: "e", maxSplits: 1)
    guard let mantissa = parts.first, let exponent = parts.count > 1 ? Int(parts[1]) : 0,
      let (unscaled, digits) = Array(mantissa.utf8).withUnsafeBufferPointer({ NumberText.decimal($0) })
    else { return nil }
    return NumberText.rescale(unscaled, from: digits - exponent, to: scale, precision: precision)
  }
}
