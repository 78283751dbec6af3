import CLinux
import Glibc
package import HostModel

/// Lanes that are threads of the operating system.
package struct SystemLanes: Lanes {
  /// Plugins recurse: regular expressions, nested JSON. The pages are only used when touched.
  private static let stackBytes = 8 << 20

  package init() {}

  package func start(_ name: String, _ body: @escaping @Sendable () -> Void) throws(Failure) -> any LaneHandle {
    let handle = ThreadHandle(monitor: makeMonitor())
    let start = Unmanaged.passRetained(ThreadStart(name: name, body: body, handle: handle))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, Self.stackBytes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    var thread = pthread_t()
    let code = pthread_create(&thread, &attributes, runThread, start.toOpaque())
    guard code == 0 else {
      start.release()
      throw Failure(
        .environment, "cannot start a thread for '\(name)': \(errorText(code))",
        advice: "raise the limit on threads (ulimit -u) or lower 'lanes'")
    }
    return handle
  }

  package func makeMonitor() -> any Monitor { SystemMonitor() }
}

private final class ThreadStart: Sendable {
  let name: String
  let body: @Sendable () -> Void
  let handle: ThreadHandle

  init(name: String, body: @escaping @Sendable () -> Void, handle: ThreadHandle) {
    self.name = name
    self.body = body
    self.handle = handle
  }
}

private func runThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument else { return nil }
  let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
  headrace_name_thread(start.name)
  start.body()
  start.handle.finished()
  return nil
}

private final class ThreadHandle: LaneHandle, @unchecked Sendable {
  // `isFinished` is guarded by the monitor.
  private let monitor: any Monitor
  private var isFinished = false

  init(monitor: any Monitor) { self.monitor = monitor }

  func finished() {
    monitor.withLock {
      isFinished = true
      monitor.signalAll()
    }
  }

  func join() {
    monitor.withLock {
      while !isFinished { _ = monitor.wait(until: .distantFuture) }
    }
  }
}

/// A mutex and a condition variable on the monotonic clock.
private final class SystemMonitor: Monitor, @unchecked Sendable {
  // The two pthread objects keep their address for life and are made for concurrent use.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

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

  func lock() { pthread_mutex_lock(mutex) }

  func unlock() { pthread_mutex_unlock(mutex) }

  func wait(until deadline: Instant) -> Bool {
    guard deadline != .distantFuture else {
      pthread_cond_wait(condition, mutex)
      return true
    }
    let nanoseconds = max(0, deadline.nanoseconds)
    var time = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    return pthread_cond_timedwait(condition, mutex, &time) != ETIMEDOUT
  }

  func signalAll() { pthread_cond_broadcast(condition) }
}
