import HeadracePlugin

/// Decodes the rows of a binary COPY into record batches. One per reader; used by one thread at a time.
///
/// Behind the columns of the stream a row may have more fields: keys as text, which `KeyFields` reads.
final class RowDecoder {
  /// What became of a row.
  enum Outcome: Equatable {
    case appended
    /// The row was taken back; `column` does not take its value.
    case rejected(column: Int, Misfit)
    /// The two bytes that end the data.
    case trailer
    case malformed
  }

  private var builder: RecordBuilder
  private let decoders: UnsafeMutableBufferPointer<FieldDecoder>
  private let fieldCount: Int

  /// `extraFields` follow the columns and are skipped.
  init(
    _ decodings: [Decoding], extraFields: Int, nullsSpecialValues: Bool, checksText: Bool,
    allocator: Allocator = .system
  ) {
    builder = RecordBuilder(decodings.map(\.layout), allocator: allocator)
    decoders = .allocate(capacity: decodings.count)
    fieldCount = decodings.count + extraFields
    guard let columns = builder.columns.baseAddress else { return }
    for (index, decoding) in decodings.enumerated() {
      decoders.initializeElement(
        at: index,
        to: FieldDecoder(
          decoding, into: columns + index, nullsSpecialValues: nullsSpecialValues, checksText: checksText))
    }
  }

  deinit {
    for decoder in decoders { decoder.free() }
    decoders.deallocate()
  }

  var rowCount: Int { builder.rowCount }

  /// The rows so far; then it starts again.
  func take() -> [ArrowData] { builder.take() }

  /// Decodes one tuple: a count of fields in 16 bits, then each field behind its length in 32 bits, -1 for null.
  func decode(_ tuple: UnsafeRawBufferPointer) -> Outcome {
    guard var cursor = tuple.baseAddress, tuple.count >= 2 else { return .malformed }
    let end = cursor + tuple.count
    let count = Int(cursor.bigEndian(Int16.self))
    cursor += 2
    guard count == fieldCount else { return count == -1 && cursor == end ? .trailer : .malformed }
    var column = 0
    let columns = decoders.count
    while column < columns {
      guard end - cursor >= 4 else { return discard(.malformed) }
      let length = Int(cursor.bigEndian(Int32.self))
      cursor += 4
      if length < 0 {
        decoders[column].column.pointee.appendNull()
      } else {
        guard end - cursor >= length else { return discard(.malformed) }
        let misfit = decoders[column].decode(cursor, length)
        guard misfit == .none else {
          return discard(misfit == .malformed ? .malformed : .rejected(column: column, misfit))
        }
        cursor += length
      }
      column &+= 1
    }
    builder.endRow()
    return .appended
  }

  private func discard(_ outcome: Outcome) -> Outcome {
    builder.discardRow()
    return outcome
  }
}
