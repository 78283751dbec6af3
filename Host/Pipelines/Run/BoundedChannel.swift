import HostModel

/// Hands values from one lane to another, and holds the sender back when the receiver is slower.
final class BoundedChannel<Element: Sendable>: @unchecked Sendable {
  /// What a receiver gets.
  enum Reception {
    case element(Element)
    /// Nobody sends any more, and everything was received.
    case closed
    case timedOut
  }

  // All state is guarded by the monitor.
  private let monitor: any Monitor
  private let capacity: Int
  private var elements: [Element] = []
  private var isClosed = false
  private var isAbandoned = false

  init(capacity: Int, monitor: any Monitor) {
    precondition(capacity > 0, "a channel without capacity passes nothing")
    self.capacity = capacity
    self.monitor = monitor
  }

  /// Waits for room.
  ///
  /// - Returns: false if the receiver is gone; the element was dropped.
  @discardableResult
  func send(_ element: Element) -> Bool {
    monitor.withLock {
      while elements.count >= capacity, !isAbandoned { _ = monitor.wait(until: .distantFuture) }
      return append(element)
    }
  }

  /// Waits until an element could be sent without waiting, which for the only sender stays so until it sends.
  ///
  /// - Returns: false if there was no room in this time.
  func waitForRoom(until deadline: Instant) -> Bool {
    monitor.withLock {
      while elements.count >= capacity, !isAbandoned {
        if !monitor.wait(until: deadline), elements.count >= capacity, !isAbandoned { return false }
      }
      return true
    }
  }

  /// Sends without waiting, above the capacity if need be: for control messages, whose number is bounded elsewhere.
  @discardableResult
  func post(_ element: Element) -> Bool {
    monitor.withLock { append(element) }
  }

  private func append(_ element: Element) -> Bool {
    guard !isAbandoned, !isClosed else { return false }
    elements.append(element)
    monitor.signalAll()
    return true
  }

  func receive(until deadline: Instant = .distantFuture) -> Reception {
    monitor.withLock {
      while elements.isEmpty {
        if isClosed || isAbandoned { return .closed }
        if !monitor.wait(until: deadline), elements.isEmpty {
          return isClosed || isAbandoned ? .closed : .timedOut
        }
      }
      // Few are ever waiting, and one that was received is not kept: batches are large.
      let element = elements.removeFirst()
      monitor.signalAll()
      return .element(element)
    }
  }

  /// No more will be sent; what is there is still received.
  func close() {
    monitor.withLock {
      isClosed = true
      monitor.signalAll()
    }
  }

  /// Nobody receives any more; what is there is dropped, and senders go on without effect.
  func abandon() {
    monitor.withLock {
      isAbandoned = true
      elements = []
      monitor.signalAll()
    }
  }
}
