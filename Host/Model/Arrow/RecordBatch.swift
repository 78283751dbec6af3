public import CArrow

/// The rows of one batch, owned: released exactly once, by whoever holds it last.
public struct RecordBatch: ~Copyable, @unchecked Sendable {
  // Arrow arrays may be read and released from any thread; having a single owner makes the mutation safe.
  private var array: ArrowArray
  public let schema: Schema

  /// Takes the array over. The caller must not release it.
  public init(adopting array: ArrowArray, schema: Schema) {
    self.array = array
    self.schema = schema
  }

  public var rowCount: Int { Int(array.length) }

  /// Lends the array for the duration of `body`.
  public borrowing func withArray<R: ~Copyable, E: Error>(
    _ body: (UnsafePointer<ArrowArray>) throws(E) -> R
  ) throws(E) -> R {
    var copy = array
    return try body(&copy)
  }

  /// Gives the array away; the receiver releases it.
  public consuming func take() -> ArrowArray {
    let taken = array
    array.release = nil
    return taken
  }

  deinit {
    guard array.release != nil else { return }
    var last = array
    last.release?(&last)
  }
}
