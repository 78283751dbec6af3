import CHeadrace
import Glibc
import HostModel
import Synchronization

/// Where the bytes of a file under trial go: into memory, as far as there is room.
final class TrialOutput: @unchecked Sendable {
  // What a plugin may do from any thread is under the lock; the rest belongs to the thread of the attempt.
  private struct State {
    var bytes: [UInt8] = []
    /// The thread whose call to the writer is under way.
    var caller: pthread_t?
    var hasFailed = false
    /// The first breach of the rules about the output.
    var breach: String?
  }

  /// What an output says that has no more room.
  static let full = Failure(.environment, "there is no room left for the file", status: .quotaExhausted)

  private let state = Mutex(State())
  /// How many bytes are taken.
  var room = Int.max
  /// The structure that the plugin has.
  var lent: Guarded<headrace_output>?

  var bytes: [UInt8] { state.withLock { $0.bytes } }
  var count: Int { state.withLock { $0.bytes.count } }
  var hasFailed: Bool { state.withLock { $0.hasFailed } }

  /// Valid as long as this object is.
  var structure: headrace_output {
    headrace_output(
      struct_size: UInt32(MemoryLayout<headrace_output>.size), reserved: 0,
      ctx: Unmanaged.passUnretained(self).toOpaque(),
      write: { context, bytes, error in
        guard let context else { return HEADRACE_FATAL }
        return Unmanaged<TrialOutput>.fromOpaque(context).takeUnretainedValue().take(bytes, error)
      })
  }

  /// Runs a call to the writer, during which its thread may write.
  func during<R>(_ body: () -> R) -> R {
    state.withLock { $0.caller = pthread_self() }
    defer { state.withLock { $0.caller = nil } }
    return body()
  }

  func check() throws(Objection) {
    if let breach = state.withLock({ $0.breach }) { throw .broken("FMT-7", breach) }
  }

  private func take(
    _ bytes: headrace_bytes, _ error: UnsafeMutablePointer<headrace_error>?
  ) -> headrace_status {
    let thread = pthread_self()
    let isTaken = state.withLock { state in
      if let breach = Self.breach(bytes, thread, state.caller) {
        state.breach = state.breach ?? breach
        return false
      }
      guard Int(bytes.length) <= room - state.bytes.count else {
        state.hasFailed = true
        return false
      }
      state.bytes += UnsafeRawBufferPointer(start: bytes.data, count: Int(bytes.length))
      return true
    }
    if isTaken { return HEADRACE_OK }
    fill(error, Self.full)
    return HEADRACE_QUOTA_EXHAUSTED
  }

  private static func breach(_ bytes: headrace_bytes, _ thread: pthread_t, _ caller: pthread_t?) -> String? {
    guard let caller else { return "it writes \(bytes.length) bytes when no call to the writer is under way" }
    guard pthread_equal(caller, thread) != 0 else { return "it writes from a thread that is not the call's" }
    guard bytes.data != nil || bytes.length == 0, bytes.length <= 1 << 40 else {
      return "it writes \(bytes.length) bytes from nowhere"
    }
    return nil
  }
}
