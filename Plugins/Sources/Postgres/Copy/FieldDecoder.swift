import HeadracePlugin

/// Decodes the fields of one column into its builder. Reads of unaligned, big-endian memory; the caller has checked
/// that `length` bytes are there.
struct FieldDecoder {
  private enum Kind: UInt8 {
    case bool, int2, int4, int8, text, checkedText, jsonb, checkedJSONB, bytes, uuid, date, time, timestamp, numeric,
      list
  }

  /// PostgreSQL counts from 2000-01-01, Arrow from 1970-01-01.
  private static let epochDays: Int32 = 10_957
  private static let epochMicroseconds: Int64 = 946_684_800_000_000
  private static let dayMicroseconds: Int64 = 86_400_000_000

  private let kind: Kind
  private let decimal: DecimalDecoder
  /// Special values become nulls.
  private let nullsSpecialValues: Bool
  private let element: UnsafeMutablePointer<FieldDecoder>?
  let column: UnsafeMutablePointer<ColumnBuilder>

  /// `checksText`: the server does not vouch for the encoding.
  init(
    _ decoding: Decoding, into column: UnsafeMutablePointer<ColumnBuilder>, nullsSpecialValues: Bool, checksText: Bool
  ) {
    self.column = column
    self.nullsSpecialValues = nullsSpecialValues
    var decimal = DecimalDecoder(precision: 38, scale: 0)
    var element: UnsafeMutablePointer<FieldDecoder>?
    switch decoding {
    case .bool: kind = .bool
    case .int2: kind = .int2
    case .int4, .float4: kind = .int4
    case .int8, .float8: kind = .int8
    case .text: kind = checksText ? .checkedText : .text
    case .jsonb: kind = checksText ? .checkedJSONB : .jsonb
    case .bytes: kind = .bytes
    case .uuid: kind = .uuid
    case .date: kind = .date
    case .time: kind = .time
    case .timestamp: kind = .timestamp
    case .numeric(let precision, let scale):
      kind = .numeric
      decimal = DecimalDecoder(precision: precision, scale: scale)
    case .list(let inner):
      kind = .list
      if let child = column.pointee.child {
        element = .allocate(capacity: 1)
        element?.initialize(
          to: FieldDecoder(inner, into: child, nullsSpecialValues: nullsSpecialValues, checksText: checksText))
      }
    }
    self.decimal = decimal
    self.element = element
  }

  /// Frees what a list's decoder holds. Called once, by the owner of the array that the decoder lies in.
  func free() {
    element?.pointee.free()
    element?.deallocate()
  }

  @inline(__always)
  func decode(_ bytes: UnsafeRawPointer, _ length: Int) -> Misfit {
    let misfit = append(bytes, length)
    if _fastPath(misfit == .none) { return .none }
    guard nullsSpecialValues, misfit.isSpecialValue else { return misfit }
    column.pointee.appendNull()
    return .none
  }

  @inline(__always)
  private func append(_ bytes: UnsafeRawPointer, _ length: Int) -> Misfit {
    switch kind {
    case .int8:
      guard length == 8 else { return .malformed }
      column.pointee.append(bytes.bigEndian(Int64.self))
    case .text, .bytes:
      column.pointee.append(bytes: bytes, count: length)
    case .int4:
      guard length == 4 else { return .malformed }
      column.pointee.append(bytes.bigEndian(Int32.self))
    case .numeric: return appendDecimal(bytes, length)
    case .timestamp: return appendTimestamp(bytes, length)
    case .bool:
      guard length == 1 else { return .malformed }
      column.pointee.append(bool: bytes.load(as: UInt8.self) != 0)
    case .int2:
      guard length == 2 else { return .malformed }
      column.pointee.append(Int32(bytes.bigEndian(Int16.self)))
    case .uuid:
      guard length == 16 else { return .malformed }
      column.pointee.append(fixed: bytes)
    case .date: return appendDate(bytes, length)
    case .time: return appendTime(bytes, length)
    case .checkedText: return appendText(bytes, length)
    case .jsonb:
      guard length > 0 else { return .malformed }
      column.pointee.append(bytes: bytes + 1, count: length - 1)
    case .checkedJSONB: return length > 0 ? appendText(bytes + 1, length - 1) : .malformed
    case .list: return appendList(bytes, length)
    }
    return .none
  }
}

// MARK: - The types that need more than a copy

extension FieldDecoder {
  private func appendDate(_ bytes: UnsafeRawPointer, _ length: Int) -> Misfit {
    guard length == 4 else { return .malformed }
    let days = bytes.bigEndian(Int32.self)
    if days == .max || days == .min { return .infinity }
    let (since1970, overflow) = days.addingReportingOverflow(Self.epochDays)
    guard !overflow else { return .malformed }
    column.pointee.append(since1970)
    return .none
  }

  private func appendTime(_ bytes: UnsafeRawPointer, _ length: Int) -> Misfit {
    guard length == 8 else { return .malformed }
    let microseconds = bytes.bigEndian(Int64.self)
    guard microseconds != Self.dayMicroseconds else { return .endOfDay }
    guard microseconds >= 0, microseconds < Self.dayMicroseconds else { return .malformed }
    column.pointee.append(microseconds)
    return .none
  }

  @inline(__always)
  private func appendTimestamp(_ bytes: UnsafeRawPointer, _ length: Int) -> Misfit {
    guard length == 8 else { return .malformed }
    let microseconds = bytes.bigEndian(Int64.self)
    if microseconds == .max || microseconds == .min { return .infinity }
    let (since1970, overflow) = microseconds.addingReportingOverflow(Self.epochMicroseconds)
    guard !overflow else { return .beyondMicroseconds }
    column.pointee.append(since1970)
    return .none
  }

  @inline(__always)
  private func appendDecimal(_ bytes: UnsafeRawPointer, _ length: Int) -> Misfit {
    var value: Int128 = 0
    let misfit = decimal.decode(bytes, length, &value)
    if misfit == .none { column.pointee.append(value) }
    return misfit
  }

  private func appendText(_ bytes: UnsafeRawPointer, _ length: Int) -> Misfit {
    let text = UnsafeRawBufferPointer(start: bytes, count: length)
    guard UTF8Check.isValid(text) else { return .notUTF8 }
    column.pointee.append(bytes: bytes, count: length)
    return .none
  }

  /// The format of `array_send`: dimensions, a flag for nulls, the element's type; per dimension its length and first
  /// subscript; then the values, each behind its length.
  private func appendList(_ bytes: UnsafeRawPointer, _ length: Int) -> Misfit {
    guard let element, length >= 12 else { return .malformed }
    let dimensions = bytes.bigEndian(Int32.self)
    if dimensions == 0 {
      column.pointee.appendList()
      return .none
    }
    guard dimensions == 1 else { return .notAList }
    guard length >= 20 else { return .malformed }
    let count = (bytes + 12).bigEndian(Int32.self)
    guard (bytes + 16).bigEndian(Int32.self) == 1 else { return .notAList }
    let misfit = appendElements(element, count: count, at: bytes + 20, end: bytes + length)
    if misfit == .none { column.pointee.appendList() }
    return misfit
  }

  private func appendElements(
    _ element: UnsafeMutablePointer<FieldDecoder>, count: Int32, at start: UnsafeRawPointer, end: UnsafeRawPointer
  ) -> Misfit {
    var cursor = start
    for _ in 0..<max(count, 0) {
      guard end - cursor >= 4 else { return .malformed }
      let length = Int(cursor.bigEndian(Int32.self))
      cursor += 4
      guard length >= 0 else {
        element.pointee.column.pointee.appendNull()
        continue
      }
      guard end - cursor >= length else { return .malformed }
      let misfit = element.pointee.decode(cursor, length)
      guard misfit == .none else { return misfit }
      cursor += length
    }
    return cursor == end ? .none : .malformed
  }
}

extension UnsafeRawPointer {
  /// A big-endian integer at an address of any alignment.
  @inline(__always)
  func bigEndian<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type) -> Value {
    Value(bigEndian: loadUnaligned(as: type))
  }
}
