/// A batch that is handed from one owner to the next through containers that only hold what can be copied.
public final class BatchBox: @unchecked Sendable {
  // Handed on, never shared: one owner at any time.
  private var batch: RecordBatch?

  public init(_ batch: consuming RecordBatch) { self.batch = consume batch }

  /// The batch; it is the caller's from now on.
  public func take() -> RecordBatch {
    guard let taken = batch.take() else { preconditionFailure("a batch is taken once") }
    return taken
  }
}
