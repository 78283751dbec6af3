import Glibc
package import HostModel
import Synchronization

/// Blocks the calling thread on a condition variable of the monotonic clock, which is what `Clock` has to report for it.
package struct ThreadWaiter: Waiter {
  private let clock: any Clock

  package init(clock: any Clock) { self.clock = clock }

  package func wait(until instant: Instant, cancellation: Cancellation?) -> WaitResult {
    let bell = Bell()
    let registration = cancellation?.onCancel { bell.ring() }
    defer { if let registration { cancellation?.remove(registration) } }
    while !bell.hasRung {
      let left = instant.duration(since: clock.now()).wholeNanoseconds
      if left <= 0 { return .elapsed }
      bell.wait(nanoseconds: left)
    }
    return .cancelled
  }
}

/// Wakes one thread early.
private final class Bell: @unchecked Sendable {
  // Unchecked: the C objects are used under their own rules, the flag under the mutex.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var rung = false

  init() {
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  var hasRung: Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return rung
  }

  func ring() {
    pthread_mutex_lock(mutex)
    rung = true
    pthread_cond_signal(condition)
    pthread_mutex_unlock(mutex)
  }

  /// Returns when rung, when the time is over, or for no reason.
  func wait(nanoseconds: Int64) {
    var until = timespec()
    clock_gettime(CLOCK_MONOTONIC, &until)
    // A day is enough for one round; the caller goes round again.
    let (seconds, rest) = min(nanoseconds, 86_400_000_000_000).quotientAndRemainder(dividingBy: 1_000_000_000)
    until.tv_sec += Int(seconds)
    until.tv_nsec += Int(rest)
    if until.tv_nsec >= 1_000_000_000 {
      until.tv_sec += 1
      until.tv_nsec -= 1_000_000_000
    }
    pthread_mutex_lock(mutex)
    if !rung { pthread_cond_timedwait(condition, mutex, &until) }
    pthread_mutex_unlock(mutex)
  }
}
