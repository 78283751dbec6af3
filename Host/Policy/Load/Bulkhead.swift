/// Bounds how many calls to one dependency are in flight, so that a slow one does not take every lane.
///
/// Calls beyond the limit can wait in a queue, first come, first served: a slot that is returned while somebody waits is
/// handed on and never free in between, so that nobody overtakes.
package struct Bulkhead: Sendable, Equatable {
  /// A place in the queue.
  package struct Ticket: Sendable, Hashable {
    package let number: UInt64
  }

  /// nil does not limit. 0 admits nothing.
  package private(set) var limit: Int?
  /// Slots that are taken, those of granted tickets included.
  package private(set) var inFlight = 0
  private var nextTicket: UInt64 = 0
  private var waiting: [Ticket] = []
  private var granted: Set<Ticket> = []
  private var untold: [Ticket] = []

  package init(limit: Int?) { self.limit = limit.map { max(0, $0) } }

  package var waitingCount: Int { waiting.count }
  /// Whether a call that came now would not get a slot.
  package var isFull: Bool { limit.map { inFlight >= $0 } ?? false }

  package mutating func acquire() -> Bool {
    guard !isFull else { return false }
    inFlight += 1
    return true
  }

  package mutating func release() {
    precondition(inFlight > 0, "a bulkhead slot was returned twice")
    inFlight -= 1
    grant()
  }

  /// A lower limit takes nothing back: calls in flight end by themselves.
  package mutating func limitChanged(to limit: Int?) {
    self.limit = limit.map { max(0, $0) }
    grant()
  }

  package mutating func enqueue() -> Ticket {
    let ticket = Ticket(number: nextTicket)
    nextTicket += 1
    waiting.append(ticket)
    return ticket
  }

  /// The holder of a ticket has stopped waiting.
  /// - Returns: whether it has a slot now, which it returns like any other.
  package mutating func redeem(_ ticket: Ticket) -> Bool {
    if granted.remove(ticket) != nil { return true }
    waiting.removeAll { $0 == ticket }
    return false
  }

  /// Tickets that were granted and whose holders have to be woken; each is told once.
  package mutating func takeGrants() -> [Ticket] {
    defer { untold = [] }
    return untold
  }

  private mutating func grant() {
    while let first = waiting.first, acquire() {
      waiting.removeFirst()
      granted.insert(first)
      untold.append(first)
    }
  }
}
