import HeadracePlugin

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Answers are bytes, in SQL's logic of three values, so that loops over them are plain.
enum Answer {
  static let no: UInt8 = 0
  static let yes: UInt8 = 1
  static let unknown: UInt8 = 2
}

extension Predicate {
  /// One answer for each row.
  func evaluate(_ batch: Batch) -> [UInt8] {
    switch self {
    case .and(let a, let b):
      var answers = a.evaluate(batch)
      Self.combine(&answers, b.evaluate(batch), decisive: Answer.no)
      return answers
    case .or(let a, let b):
      var answers = a.evaluate(batch)
      Self.combine(&answers, b.evaluate(batch), decisive: Answer.yes)
      return answers
    case .not(let inner):
      var answers = inner.evaluate(batch)
      for row in answers.indices { answers[row] = answers[row] == Answer.unknown ? Answer.unknown : answers[row] ^ 1 }
      return answers
    case .isNull(let index): return Self.nulls(batch.columns[index])
    case .test(let index, let test): return test.evaluate(batch.columns[index])
    }
  }

  /// `decisive` wins; else unknown does, which is the greatest; else the two are the same.
  private static func combine(_ answers: inout [UInt8], _ others: [UInt8], decisive: UInt8) {
    answers.withUnsafeMutableBufferPointer { answers in
      others.withUnsafeBufferPointer { others in
        for row in 0..<min(answers.count, others.count) {
          let (a, b) = (answers[row], others[row])
          answers[row] = a == decisive || b == decisive ? decisive : max(a, b)
        }
      }
    }
  }

  private static func nulls(_ column: Column) -> [UInt8] {
    if column.type == .null { return [UInt8](repeating: Answer.yes, count: column.count) }
    guard let validity = column.validity else { return [UInt8](repeating: Answer.no, count: column.count) }
    return (0..<column.count).map { validity[$0] ? Answer.no : Answer.yes }
  }
}

extension Predicate.Test {
  func evaluate(_ column: Column) -> [UInt8] {
    var answers = answers(column)
    if column.type == .null { return [UInt8](repeating: Answer.unknown, count: column.count) }
    guard let validity = column.validity else { return answers }
    answers.withUnsafeMutableBufferPointer { answers in
      for row in 0..<answers.count where !validity[row] { answers[row] = Answer.unknown }
    }
    return answers
  }

  private func answers(_ column: Column) -> [UInt8] {
    if case .dictionary = column.type { return throughDictionary(column) }
    switch self {
    case .always(let answer): return [UInt8](repeating: answer ? Answer.yes : Answer.no, count: column.count)
    case .integer(let comparison, let value): return Self.integers(column, comparison, value)
    case .wide(let comparison, let value): return Self.wide(column, comparison, value)
    case .bool(let comparison, let value):
      let bits = column.booleans
      return Self.each(comparison, bits.count, value ? 1 : 0) { bits[$0] ? 1 : 0 }
    case .double(let comparison, let value):
      if column.type == .float32 {
        let values = column.values(as: Float.self)
        return Self.each(comparison, values.count, value) { Double(values[$0]) }
      }
      let values = column.values(as: Double.self)
      return Self.each(comparison, values.count, value) { values[$0] }
    case .text(let comparison, let text):
      guard let texts = column.texts else { return [] }
      return Self.bytes(comparison, texts.count, text) { UnsafeRawBufferPointer(texts[$0]) }
    case .fixed(let comparison, let bytes):
      let width = bytes.count
      guard let base = column.fixedBytes else { return [] }
      return Self.bytes(comparison, column.count, bytes) {
        UnsafeRawBufferPointer(start: base + $0 * width, count: width)
      }
    }
  }

  private static func integers(_ column: Column, _ comparison: Comparison, _ value: Int64) -> [UInt8] {
    switch column.type {
    case .int8: integers(Int8.self, column, comparison, value)
    case .uint8: integers(UInt8.self, column, comparison, value)
    case .int16: integers(Int16.self, column, comparison, value)
    case .uint16: integers(UInt16.self, column, comparison, value)
    case .int32, .date32, .time32: integers(Int32.self, column, comparison, value)
    case .uint32: integers(UInt32.self, column, comparison, value)
    default: integers(Int64.self, column, comparison, value)
    }
  }

  private static func integers<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type, _ column: Column, _ comparison: Comparison, _ value: Int64
  ) -> [UInt8] {
    let values = column.values(as: T.self)
    return each(comparison, values.count, value) { Int64(truncatingIfNeeded: values[$0]) }
  }

  private static func wide(_ column: Column, _ comparison: Comparison, _ value: Int128) -> [UInt8] {
    if column.type == .uint64 {
      let values = column.values(as: UInt64.self)
      return each(comparison, values.count, value) { Int128(values[$0]) }
    }
    guard let base = column.fixedBytes else { return [] }
    switch column.type.byteWidth {
    case 4:
      return each(comparison, column.count, value) {
        Int128(base.loadUnaligned(fromByteOffset: $0 * 4, as: Int32.self))
      }
    case 8:
      return each(comparison, column.count, value) {
        Int128(base.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self))
      }
    default:
      return each(comparison, column.count, value) { base.loadUnaligned(fromByteOffset: $0 * 16, as: Int128.self) }
    }
  }

  /// The comparison is chosen outside of the loop.
  @inline(__always)
  private static func each<T: Comparable>(_ comparison: Comparison, _ count: Int, _ value: T, _ read: (Int) -> T)
    -> [UInt8]
  {
    switch comparison {
    case .equal: fill(count) { read($0) == value }
    case .notEqual: fill(count) { read($0) != value }
    case .less: fill(count) { read($0) < value }
    case .lessOrEqual: fill(count) { read($0) <= value }
    case .greater: fill(count) { read($0) > value }
    case .greaterOrEqual: fill(count) { read($0) >= value }
    }
  }

  @inline(__always)
  private static func fill(_ count: Int, _ holds: (Int) -> Bool) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { answers, filled in
      for row in 0..<count { answers[row] = holds(row) ? Answer.yes : Answer.no }
      filled = count
    }
  }

  /// Equality looks at the length first, which decides most.
  @inline(__always)
  private static func bytes(
    _ comparison: Comparison, _ count: Int, _ value: [UInt8], _ read: (Int) -> UnsafeRawBufferPointer
  ) -> [UInt8] {
    value.withUnsafeBytes { value in
      switch comparison {
      case .equal: fill(count) { isEqual(read($0), value) }
      case .notEqual: fill(count) { !isEqual(read($0), value) }
      default: fill(count) { comparison.holds(order(read($0), value), 0) }
      }
    }
  }

  @inline(__always)
  private static func isEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    guard a.count == b.count else { return false }
    guard let first = a.baseAddress, let second = b.baseAddress, a.count > 0 else { return true }
    return memcmp(first, second, a.count) == 0
  }

  private static func order(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
    let common = min(a.count, b.count)
    if common > 0, let first = a.baseAddress, let second = b.baseAddress {
      let order = memcmp(first, second, common)
      if order != 0 { return Int(order) }
    }
    return a.count - b.count
  }

  /// Asks each value of the dictionary once.
  private func throughDictionary(_ column: Column) -> [UInt8] {
    guard let values = column.dictionaryValues else { return [] }
    let answers = evaluate(values)
    let validity = column.validity
    return (0..<column.count).map { row in
      if let validity, !validity[row] { return Answer.unknown }
      return answers[column.dictionaryIndex(at: row)]
    }
  }
}
