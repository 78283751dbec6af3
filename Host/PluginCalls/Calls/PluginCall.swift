import CHeadrace
import HostGate
import HostModel
import HostPolicy

/// What a call came to, from the plugin's status and error; the error is released.
///
/// - Parameter isWorker: the status is that of a worker process, which tells of a plugin's end too.
func conclude(
  _ code: headrace_status, _ error: inout headrace_error, _ services: HostServices?, isWorker: Bool = false
) -> CallOutcome {
  if code == HEADRACE_OK, error.release == nil { return CallOutcome(.ok) }
  defer {
    error.release?(&error)
    error.release = nil
  }
  guard let status = Status(rawValue: code), isWorker || status.traits.origin == .plugin else {
    return CallOutcome(.fatal, CallError("it returned the status \(code), which is not a plugin's to return"))
  }
  if status == .ok || status == .endOfStream { return CallOutcome(status) }
  func text(_ value: headrace_string) -> String { HostServices.presentable(value, services) }
  let message = text(error.message)
  let state = text(error.vendor_state)
  let vendor = !state.isEmpty ? state : error.vendor_code != 0 ? String(error.vendor_code) : nil
  let pause = error.retry_after_ns >= 0 ? Duration.nanoseconds(error.retry_after_ns) : nil
  return CallOutcome(
    status,
    CallError(
      message.isEmpty ? "it gave no reason" : message, vendorCode: vendor, retryAfter: pause,
      details: details(of: error, services)))
}

/// The pairs of an error, without secrets, as many and as long as a failure carries.
private func details(of error: headrace_error, _ services: HostServices?) -> [FailureDetail] {
  // Nobody means so many: what is there is not a list.
  guard let pairs = error.details, error.n_details <= 1 << 10 else { return [] }
  func text(_ value: headrace_string) -> String {
    HostServices.presentable(value, services, most: FailureDetail.mostBytes)
  }
  return (0..<min(Int(error.n_details), FailureDetail.mostPairs)).map { index in
    FailureDetail(key: text(pairs[index].key), value: text(pairs[index].value))
  }
}

/// Of a call that was given up and came back: it is not repeated, and nothing of it is used.
var lateOutcome: CallOutcome {
  CallOutcome(.fatal, CallError("it returned after it had been given up"))
}

/// Lends a plugin the structure of one attempt.
func withCall<R>(
  _ attempt: borrowing Attempt, _ slot: CallSlot, _ body: (UnsafePointer<headrace_call>) -> R
) -> R {
  var call = headrace_call(
    struct_size: UInt32(MemoryLayout<headrace_call>.size), attempt: UInt32(clamping: attempt.number),
    deadline_ns: attempt.deadline.nanoseconds, ctx: Unmanaged.passUnretained(slot).toOpaque(), now: callNow,
    is_cancelled: callIsCancelled, idempotency_key: headrace_string(data: nil, length: 0))
  return body(&call)
}

private let callNow: @convention(c) (UnsafePointer<headrace_call>?) -> Int64 = { call in
  guard let context = call?.pointee.ctx else { return 0 }
  return Unmanaged<CallSlot>.fromOpaque(context).takeUnretainedValue().now.nanoseconds
}

private let callIsCancelled: @convention(c) (UnsafePointer<headrace_call>?) -> Int32 = { call in
  guard let context = call?.pointee.ctx else { return 0 }
  return Unmanaged<CallSlot>.fromOpaque(context).takeUnretainedValue().isCancelled ? 1 : 0
}
