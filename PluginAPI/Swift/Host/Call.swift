import CHeadrace

/// What accompanies every call that may block: its deadline, and whether it is still wanted. Valid until the call
/// returns; never kept.
public struct Call: @unchecked Sendable {
  let pointer: UnsafePointer<headrace_call>
  private let call: headrace_call

  init(_ pointer: UnsafePointer<headrace_call>?) throws {
    guard let pointer else { throw Barrier.missing("call") }
    self.pointer = pointer
    call = Sized.read(pointer, empty: headrace_call())
  }

  /// 1 for the first try. The host repeats; a plugin does not.
  public var attempt: Int { Int(call.attempt) }

  /// The same for every attempt of one operation; empty where none is needed.
  public var idempotencyKey: String { call.idempotency_key.text }

  /// What is left of the time that the host gave, at least zero; nil for a call without a deadline.
  public var timeLeft: Duration? {
    guard call.deadline_ns != Int64.max, let now = call.now else { return nil }
    let (left, overflow) = call.deadline_ns.subtractingReportingOverflow(now(pointer))
    return .nanoseconds(overflow ? 0 : max(left, 0))
  }

  /// Whether the host wants the call to end.
  public var isCancelled: Bool { (call.is_cancelled?(pointer) ?? 0) != 0 }

  /// Throws `cancelled` or `deadlineExceeded` where the call should end. Costs some 20 ns: per batch, not per row.
  public func check() throws(PluginError) {
    if isCancelled { throw PluginError(.cancelled, "the call was cancelled") }
    if let timeLeft, timeLeft == .zero { throw PluginError(.deadlineExceeded, "the call's deadline has passed") }
  }
}
