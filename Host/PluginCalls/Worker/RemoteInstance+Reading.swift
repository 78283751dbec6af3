import CArrow
import CHeadrace
import HostModel

/// A split that is read in a worker, a batch ahead of its host (`ReadAhead`).
extension RemoteInstance {
  func openReader(
    _ call: Call, _ request: UnsafePointer<headrace_open_request>?, _ schema: UnsafeMutablePointer<ArrowSchema>?,
    _ reader: UnsafeMutablePointer<OpaquePointer?>?, _ error: Problem
  ) -> headrace_status {
    guard let request = request?.pointee else { return HEADRACE_FATAL }
    let split = OpenedSplit(request)
    return conclude(perform(.openReader, call, error) { split.put(&$0) }, error) { (wire) throws(Failure) in
      try wire.schema()
    } handOver: { columns in
      readerColumns = columns
      opened = split
      schema?.pointee = Lent.schema(readerColumns)
      reader?.pointee = handle(1)
    }
  }

  func read(
    _ call: Call, _ reader: OpaquePointer?, _ out: UnsafeMutablePointer<headrace_batch>?, _ error: Problem
  ) -> headrace_status {
    guard isPresent(reader) else { return gone("the split", error) }
    let limit = aheadLimit(call)
    let wasAhead = ahead != nil
    var answer = next(call, error, limit)
    if wasAhead, hasRunOut(answer, call) { answer = readAgain(call, error, limit) }
    return conclude(answer, error) { (wire) throws(Failure) in
      (try batch(&wire), try wire.bool())
    } handOver: { (batch, goesOn) in
      if goesOn, limit > 0 { ahead = ReadAhead(number: number + 1) }
      opened?.position = batch.position
      opened?.ordinal = batch.ordinal
      guard let out else { return }
      Lent.fill(out, batch.rows.take(), batch.rejects, position: batch.position)
      out.pointee.ordinal = batch.ordinal
      out.pointee.source_bytes = batch.sourceBytes
    }
  }

  func closeReader(_ reader: OpaquePointer?) {
    if isPresent(reader) { _ = perform(.closeReader, nil, nil) }
  }

  /// Asks for the next batch, which the worker may have made already.
  private func next(_ call: Call, _ error: Problem, _ limit: Int64) -> Answer {
    defer { ahead = nil }
    return perform(.read, call, error) { $0.put(limit) }
  }

  private typealias Batch = (
    rejects: [Reject], ordinal: UInt64, position: [UInt8], sourceBytes: Int64, rows: BatchBox
  )

  private func batch(_ wire: inout WireReader) throws(Failure) -> Batch {
    let rejects = try wire.list { (reader) throws(Failure) in try reader.reject() }
    let (ordinal, position, bytes) = (try wire.number(UInt64.self), try wire.data(), try wire.number(Int64.self))
    return (rejects, ordinal, position, bytes, BatchBox(try take(&wire, readerColumns)))
  }

  /// How long the batch behind the one that is asked for may take, in nanoseconds; 0 if it is not to be read yet.
  ///
  /// Where the gate counts the calls in flight, one that it has not let through would be one too many.
  private func aheadLimit(_ call: Call) -> Int64 {
    guard let call, !services.limitsCalls() else { return 0 }
    let deadline = call.pointee.deadline_ns
    return deadline == .max ? .max : max(0, deadline - clock.now().nanoseconds)
  }

  // MARK: What was read too early

  /// Whether a batch that was read ahead has ended for reasons that were not this call's: its time was over before this one's is,
  /// or another call was cancelled that waited for it.
  private func hasRunOut(_ answer: Answer, _ call: Call) -> Bool {
    guard let call, case .ended(let status) = answer else { return false }
    return (status == HEADRACE_DEADLINE_EXCEEDED || status == HEADRACE_CANCELLED)
      && call.pointee.is_cancelled(call) == 0 && clock.now().nanoseconds < call.pointee.deadline_ns
  }

  /// The plugin is not to blame, so that the gate is told of nothing: the split is opened again where its last batch ended.
  private func readAgain(_ call: Call, _ error: Problem, _ limit: Int64) -> Answer {
    error?.pointee.release?(error)
    error?.pointee = .empty
    guard let opened else { return .ended(HEADRACE_FATAL) }
    let status = conclude(perform(.openReader, call, error) { opened.put(&$0) }, error) { (wire) throws(Failure) in
      guard try wire.schema() == readerColumns else {
        throw Failure(.run, "the columns of '\(opened.stream)' changed while it was read", status: .conflict)
      }
    } handOver: {
    }
    return status == HEADRACE_OK ? next(call, error, limit) : .ended(status)
  }

  /// Takes in what was read ahead: the answer to another call comes behind it.
  ///
  /// - Parameter deadline: of that call.
  func settle(before operation: WorkerOperation, until deadline: Instant) throws(Failure) {
    guard let pending = ahead, pending.answer == nil || operation.endsReading else { return }
    let answer: WireReader
    if let known = pending.answer { answer = known } else { answer = try takeIn(pending, before: operation, deadline) }
    ahead?.answer = answer
    guard operation.endsReading else { return }
    ahead = nil
    try giveBack(answer)
  }

  private func takeIn(
    _ pending: ReadAhead, before operation: WorkerOperation, _ deadline: Instant
  ) throws(Failure) -> WireReader {
    let isWanted = !operation.endsReading
    // One that is asked to end has as long as a call whose deadline is over.
    let end = isWanted ? deadline : min(deadline, clock.now().advanced(by: Self.grace))
    expect(pending.number)
    do throws(Failure) {
      return try receive(.read, until: end, isWanted: isWanted)
    } catch {
      throw Failure(error.kind, "\(error.message) (in a read ahead of its host)", status: error.status)
    }
  }

  /// What nobody has asked for is lent all the same.
  private func giveBack(_ answer: WireReader) throws(Failure) {
    var wire = answer
    do throws(Failure) {
      guard try WorkerOutcome(&wire).status == .ok else { return }
      _ = try batch(&wire)
    } catch { throw lost(.read, .violation("sent what is no answer")) }
  }
}
