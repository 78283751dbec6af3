import HostModel

/// Reading a batch before it is asked for: while the host works on one, its worker makes the next, so that neither waits until the
/// other has woken up.
///
/// 1. A `read` says how long the batch behind its own may take, or 0 if none is wanted; the answer says whether the worker goes on.
/// 2. If so the worker reads the next batch at once, as a call of its own, and sends it unasked. The call's number is the one behind
///    that of the `read`, so that it can be cancelled; its deadline counts from when it began.
/// 3. The next `read` asks for what comes or has come already, and is not answered again. It lets the worker go on by the
///    same rule: at most one batch is there that nobody has asked for.
/// 4. Before any other call the host takes in what was read. It keeps it for the next `read`; before a call that ends the reading it
///    cancels what is still under way, gives back what has come, and both sides forget it.
///
/// The instance sees what it would see without: its functions one after another, and no `read` after one that failed.
struct ReadAhead {
  /// Of the call that reads it.
  let number: UInt64
  /// What came of it, once it was taken in before another call.
  var answer: WireReader?

  /// A batch that took longer is one that its source has to wait for: it must not hold up the calls in between.
  static let slow = Duration.milliseconds(100)
  /// How often the call is asked to end that nobody waits for any more: a plugin that was just being entered has not heard it.
  static let reminder = Duration.milliseconds(50)

  init(number: UInt64) { self.number = number }
}

extension WorkerOperation {
  /// Whether what was read ahead is of no use after it.
  var endsReading: Bool { self == .openReader || self == .closeReader || self == .destroy }
}
