import Glibc
import HostModel
import Synchronization

/// Turns the first SIGINT or SIGTERM into a wish to stop; the second one ends the process at once. SIGHUP asks for the
/// policies to be read again.
///
/// The signals are blocked in every thread and taken by one that waits for them, so that what follows runs as ordinary
/// code and not in a signal handler.
final class SignalStop: Sendable {
  let stop = Cancellation()
  private let first = Atomic<Int32>(0)

  /// To be made before any thread is started: threads inherit the mask.
  init() {
    signal(SIGPIPE, SIG_IGN)
  }

  /// Begins to listen.
  ///
  /// - Parameter hangup: what SIGHUP asks for.
  func listen(on lanes: any Lanes, hangup: @escaping @Sendable () -> Void) throws(Failure) {
    _ = try lanes.start("signals") { [self] in
      var set = Self.signals
      while true {
        var number: Int32 = 0
        guard sigwait(&set, &number) == 0 else { continue }
        guard number != SIGHUP else {
          hangup()
          continue
        }
        if first.exchange(number, ordering: .acquiringAndReleasing) != 0 { _exit(128 + number) }
        stop.cancel()
      }
    }
  }

  /// The signal that asked to stop; nil if none has.
  var received: Int32? {
    let number = first.load(ordering: .acquiring)
    return number == 0 ? nil : number
  }

  private static var signals: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, SIGINT)
    sigaddset(&set, SIGTERM)
    sigaddset(&set, SIGHUP)
    return set
  }

  /// Keeps the signals from ending the process; the calling thread is the first one.
  static func block() {
    var set = signals
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }
}
