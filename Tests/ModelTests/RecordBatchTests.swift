import CArrow
import HostModel
import Synchronization
import Testing

/// Counts how often the arrays that it wraps are released.
private final class Ledger: Sendable {
  private let count = Mutex(0)
  var releases: Int { count.withLock { $0 } }

  /// A column whose release is counted.
  func column(_ array: ArrowArray) -> ArrowArray {
    final class Wrapped: @unchecked Sendable {
      // Only the release callback, which runs once, touches it.
      var array: ArrowArray
      let ledger: Ledger
      init(_ array: ArrowArray, _ ledger: Ledger) {
        self.array = array
        self.ledger = ledger
      }
    }
    var wrapped = array
    wrapped.private_data = Unmanaged.passRetained(Wrapped(array, self)).toOpaque()
    wrapped.release = { array in
      guard let array, let data = array.pointee.private_data else { return }
      let wrapped = Unmanaged<Wrapped>.fromOpaque(data).takeRetainedValue()
      wrapped.array.release?(&wrapped.array)
      wrapped.ledger.count.withLock { $0 += 1 }
      array.pointee.release = nil
    }
    return wrapped
  }
}

private let ids = Schema([Field("id", .integer(bits: 64), nullable: false)])

private func makeBatch(_ ledger: Ledger, _ values: Range<Int64>) -> RecordBatch {
  var builder = ColumnBuilder(.long)
  for value in values { builder.append(value) }
  return RecordBatch(ids, rows: values.count, columns: [ledger.column(builder.finish().take())])
}

private func drop(_ batch: consuming RecordBatch) {}

private func values(_ batch: borrowing RecordBatch, column: Int = 0) -> [Int64] {
  batch.withArray { array in
    guard let child = array.pointee.children[column], let buffer = child.pointee.buffers[1] else { return [] }
    let first = Int(array.pointee.offset + child.pointee.offset)
    let numbers = buffer.assumingMemoryBound(to: Int64.self)
    return (0..<Int(array.pointee.length)).map { numbers[first + $0] }
  }
}

@Suite struct RecordBatchTests {
  @Test func aDoubledBatchIsReleasedWhenBothOwnersAreDone() {
    let ledger = Ledger()
    let (first, second) = makeBatch(ledger, 0..<3).split(at: 1).1.take().doubled()
    drop(first.take())
    let left = second.take()
    #expect(left.rowCount == 2 && values(left) == [1, 2] && left.schema == ids && ledger.releases == 0)
    drop(left)
    #expect(ledger.releases == 1)
  }

  @Test func batchThatGoesOutOfScopeIsReleasedOnce() {
    let ledger = Ledger()
    do {
      let batch = makeBatch(ledger, 0..<3)
      #expect(values(batch) == [0, 1, 2] && ledger.releases == 0)
    }
    #expect(ledger.releases == 1)
  }

  @Test func takenArrayIsTheReceiversToRelease() {
    let ledger = Ledger()
    var taken = makeBatch(ledger, 0..<3).take()
    #expect(ledger.releases == 0)
    taken.release?(&taken)
    #expect(ledger.releases == 1 && taken.release == nil)
  }

  @Test func halvesShareTheirValuesAndTheLastOneReleasesThem() {
    let ledger = Ledger()
    let halves = makeBatch(ledger, 10..<15).split(at: 2)
    let first = halves.0.take()
    let second = halves.1.take()
    #expect(values(first) == [10, 11] && values(second) == [12, 13, 14])
    drop(first)
    #expect(ledger.releases == 0 && values(second) == [12, 13, 14])
    drop(second)
    #expect(ledger.releases == 1)
  }

  @Test(arguments: [0, 5])
  func cutAtAnEndLeavesOneHalfEmpty(_ row: Int) {
    let ledger = Ledger()
    do {
      let halves = makeBatch(ledger, 0..<5).split(at: row)
      let first = halves.0.take()
      let second = halves.1.take()
      #expect(first.rowCount == row && second.rowCount == 5 - row)
    }
    #expect(ledger.releases == 1)
  }

  @Test func batchIsHalvedDownToItsRows() {
    let ledger = Ledger()
    do {
      let halves = makeBatch(ledger, 0..<4).split(at: 2)
      let quarters = halves.1.take().split(at: 1)
      let third = quarters.0.take()
      let fourth = quarters.1.take()
      #expect(values(third) == [2] && values(fourth) == [3])
    }
    #expect(ledger.releases == 1)
  }

  @Test func appendedColumnsStandBesideTheFirstRow() {
    let ledger = Ledger()
    do {
      let halves = makeBatch(ledger, 0..<5).split(at: 2)
      let second = halves.1.take()
      let more = ColumnBuilder.constant(7, count: 3).take()
      let wide = second.appending([Field("run", .integer(bits: 64))], columns: [ledger.column(more)])
      #expect(wide.schema.fields.map(\.name) == ["id", "run"])
      #expect(values(wide) == [2, 3, 4] && values(wide, column: 1) == [7, 7, 7])
      #expect(ledger.releases == 0)
    }
    #expect(ledger.releases == 2)
  }

  @Test func selectedAndReplacedColumnsKeepWhatTheyShare() {
    let ledger = Ledger()
    do {
      let more = ColumnBuilder.constant(7, count: 2).take()
      let wide = makeBatch(ledger, 0..<2).appending(
        [Field("run", .integer(bits: 64))], columns: [ledger.column(more)])
      let swapped = wide.selecting([1, 0])
      #expect(values(swapped) == [7, 7] && values(swapped, column: 1) == [0, 1])
      let other = ledger.column(ColumnBuilder.constant(9, count: 2).take())
      let replaced = swapped.replacing([0: other])
      #expect(values(replaced) == [9, 9] && values(replaced, column: 1) == [0, 1])
    }
    #expect(ledger.releases == 3)
  }

  @Test func refusedArrayIsReleased() {
    let ledger = Ledger()
    let array = makeBatch(ledger, 0..<3).take()
    #expect(throws: Failure.self) { _ = try RecordBatch(validating: array, schema: Schema([Field("id", .string)])) }
    #expect(ledger.releases == 1)
  }

  @Test func soundArrayIsTakenOver() throws {
    let ledger = Ledger()
    do {
      let batch = try RecordBatch(validating: makeBatch(ledger, 0..<3).take(), schema: ids)
      #expect(values(batch) == [0, 1, 2])
    }
    #expect(ledger.releases == 1)
  }
}

@Suite struct ColumnBuilderTests {
  @Test func textIsOffsetsCharactersAndValidity() {
    var builder = ColumnBuilder(.string)
    for value in ["ab", nil, "", "ç"] as [String?] { builder.append(value) }
    var array = builder.finish().take()
    defer { array.release?(&array) }
    #expect(array.length == 4 && array.null_count == 1 && array.n_buffers == 3)
    let offsets = array.buffers[1]?.assumingMemoryBound(to: Int32.self)
    #expect((0...4).map { offsets?[$0] } == [0, 2, 2, 2, 4])
    #expect(array.buffers[0]?.load(as: UInt8.self) == 0b1101)
    let characters = UnsafeRawBufferPointer(start: array.buffers[2], count: 4)
    #expect(String(decoding: characters, as: UTF8.self) == "abç")
  }

  @Test func columnWithoutNullsHasNoValidity() {
    var builder = ColumnBuilder(.int)
    for value in 0..<20 { builder.append(Int64(value)) }
    var array = builder.finish().take()
    defer { array.release?(&array) }
    #expect(array.null_count == 0 && array.buffers[0] == nil)
    #expect(array.buffers[1]?.loadUnaligned(fromByteOffset: 19 * 4, as: Int32.self) == 19)
  }

  @Test func ninthValueBeginsANewByteOfValidity() {
    var builder = ColumnBuilder(.double)
    for index in 0..<9 { builder.append(index == 8 ? nil : Double(index)) }
    var array = builder.finish().take()
    defer { array.release?(&array) }
    #expect(array.buffers[0]?.load(as: UInt8.self) == 0xFF)
    #expect(array.buffers[0]?.load(fromByteOffset: 1, as: UInt8.self) == 0)
  }
}
