import CLinux
import Glibc
import HostFormats
import HostModel
import Synchronization

/// The way from a process that tries a clause to the one that started it: what it is about to do, and in the end a verdict.
///
/// A watching thread looks at how long the step under way takes, so that what hangs is told with its name. What counts is the time
/// that its thread did not spend waiting for a processor.
final class CheckChannel: @unchecked Sendable {
  // The descriptor never changes; the steps are guarded by their mutex.
  private struct Step {
    let name: String
    /// The clause that is broken if it does not come back.
    let clause: String
    /// How long it may take.
    let patience: Int64
    let began: Int64
    let thread: pid_t?
    /// What its thread had waited for a processor by then; nil where nobody knows.
    let waited: Int64?

    init(_ name: String, _ clause: String, patience: Int64) {
      self.name = name
      self.clause = clause
      self.patience = patience
      thread = ProcessorWait.thisThread
      waited = thread.flatMap(ProcessorWait.nanoseconds)
      began = headrace_monotonic_ns()
    }

    func isLate(at now: Int64) -> Bool {
      guard now - began > patience else { return false }
      guard let waited, let thread, let total = ProcessorWait.nanoseconds(of: thread) else { return true }
      // A plugin may keep the processors busy itself, so that the allowance has an end.
      return now - began > patience + min(total - waited, patience * CheckChannel.mostAllowance)
    }
  }

  /// How many times its patience a step may have waited for a processor.
  private static let mostAllowance: Int64 = 10

  private let descriptor: Int32
  /// Held by who writes, and kept by who writes the verdict: it is the last line.
  private let line = Mutex(())
  /// By thread; a step may be part of another.
  private let steps = Mutex<[pthread_t: [Step]]>([:])

  /// - Parameter descriptor: what the verdict is written to; the plugin's own output goes elsewhere.
  init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// Runs one step of the attempt.
  ///
  /// - Parameters:
  ///   - clause: what is broken if the step does not end in time.
  ///   - patience: how long it may take, without what its thread waits for a processor.
  func during<R, E: Error>(
    _ name: String, _ clause: String, _ patience: Duration, _ body: () throws(E) -> R
  ) throws(E) -> R {
    announce(name, clause)
    let me = pthread_self()
    let step = Step(name, clause, patience: patience.wholeNanoseconds)
    steps.withLock { $0[me, default: []].append(step) }
    defer { finish(me) }
    return try body()
  }

  /// Says what the kernel does not enforce of the process's confinement. Before any of the plugin's code runs: the first lines.
  func tell(unenforced: [String]) {
    line.withLock { _ in for lack in unenforced { _ = write("\(Self.unenforced)\(lack)\n") } }
  }

  private static let unenforced = "! "

  /// What was told before anything was tried.
  static func unenforced(in lines: [String]) -> [String] {
    lines.prefix { $0.hasPrefix(unenforced) }.map { String($0.dropFirst(unenforced.count)) }
  }

  /// What a process that ends without a verdict was doing.
  private func announce(_ name: String, _ clause: String) {
    line.withLock { _ in _ = write("> \(clause) \(name)\n") }
  }

  private func finish(_ thread: pthread_t) {
    let outer = steps.withLock { steps in
      _ = steps[thread]?.popLast()
      return steps[thread]?.last
    }
    announce(outer?.name ?? "nothing", outer?.clause ?? "PRC-1")
  }

  /// Watches the steps, for as long as the process runs.
  func watch() {
    while true {
      usleep(10_000)
      let now = headrace_monotonic_ns()
      // While this looks no step ends, and nobody counts what the process has open.
      let late = steps.withLock { $0.values.lazy.flatMap(\.self).first { $0.isLate(at: now) } }
      if let late { conclude(Verdict(.broken, late.clause, "'\(late.name)' did not come back in time")) }
    }
  }

  /// Tells how the attempt ended, and ends the process: nothing of the plugin has a say any more.
  func conclude(_ verdict: Verdict) -> Never {
    let text = JSONValue.object([
      "outcome": .string(verdict.outcome.rawValue), "clause": .string(verdict.clause),
      "evidence": .string(verdict.evidence),
    ]).text()
    return line.withLock { _ in _exit(write(text + "\n") ? 0 : CheckSession.lostDescriptor) }
  }

  private func write(_ text: String) -> Bool {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      bytes = bytes.dropFirst(count)
    }
    return true
  }
}
