import HostModel
@testable import HostPolicy
import TestSupport
import Testing

@Suite struct BulkheadTests {
  @Test(arguments: [0, 1, 2, 3])
  func asManyAsTheLimitAreAdmitted(_ limit: Int) {
    var bulkhead = Bulkhead(limit: limit)
    for _ in 0..<limit { #expect(bulkhead.acquire() == true) }
    let isAdmitted = bulkhead.acquire()
    #expect(!isAdmitted && bulkhead.isFull && bulkhead.inFlight == limit)
  }

  @Test func withoutLimitNothingIsFull() {
    var bulkhead = Bulkhead(limit: nil)
    for _ in 0..<1000 { #expect(bulkhead.acquire() == true) }
    #expect(!bulkhead.isFull)
  }

  @Test func aReturnedSlotGoesToTheFirstThatWaits() {
    var bulkhead = Bulkhead(limit: 1)
    #expect(bulkhead.acquire() == true)
    let (first, second) = (bulkhead.enqueue(), bulkhead.enqueue())
    bulkhead.release()
    #expect(bulkhead.takeGrants() == [first] && bulkhead.takeGrants() == [])
    let isOvertaken = bulkhead.acquire()
    #expect(!isOvertaken, "the slot is never free in between")
    #expect(bulkhead.redeem(first) == true)
    #expect(bulkhead.redeem(second) == false)
    bulkhead.release()
    #expect(bulkhead.takeGrants() == [], "the second has stopped waiting")
    #expect(bulkhead.inFlight == 0)
  }

  @Test func aHigherLimitAdmitsThoseThatWait() {
    var bulkhead = Bulkhead(limit: 1)
    #expect(bulkhead.acquire() == true)
    let tickets = (0..<3).map { _ in bulkhead.enqueue() }
    bulkhead.limitChanged(to: 3)
    #expect(bulkhead.takeGrants() == Array(tickets[..<2]) && bulkhead.waitingCount == 1)
    bulkhead.limitChanged(to: 1)
    #expect(bulkhead.inFlight == 3 && bulkhead.isFull)
  }

  /// Random callers against a model: a list of who waits and a set of who holds a slot.
  @Test func nobodyOvertakesAndNoSlotIsLost() throws {
    try SimulationSeeds.forEach(10_000) { seed in
      var random = SplitMix64(seed: seed)
      var limit = Int.random(in: 0...4, using: &random)
      var bulkhead = Bulkhead(limit: limit)
      var holders = 0
      var waiting: [Bulkhead.Ticket] = []
      var granted: [Bulkhead.Ticket] = []
      for _ in 0..<60 {
        let taken = holders + granted.count
        switch Int.random(in: 0..<5, using: &random) {
        case 0:
          let isAdmitted = bulkhead.acquire()
          #expect(isAdmitted == (taken < limit), "seed \(seed)")
          if isAdmitted { holders += 1 } else { waiting.append(bulkhead.enqueue()) }
        case 1 where holders > 0:
          bulkhead.release()
          holders -= 1
          // Above a limit that was lowered a slot that comes back is gone.
          if taken <= limit, !waiting.isEmpty { granted.append(waiting.removeFirst()) }
        case 2 where !granted.isEmpty:
          #expect(bulkhead.redeem(granted.removeFirst()) == true, "seed \(seed)")
          holders += 1
        case 3 where !waiting.isEmpty:
          let ticket = waiting.remove(at: Int.random(in: 0..<waiting.count, using: &random))
          #expect(bulkhead.redeem(ticket) == false, "seed \(seed)")
        case 4:
          limit = Int.random(in: 0...4, using: &random)
          bulkhead.limitChanged(to: limit)
          while holders + granted.count < limit, !waiting.isEmpty { granted.append(waiting.removeFirst()) }
        default: break
        }
        #expect(bulkhead.inFlight == holders + granted.count, "seed \(seed)")
        #expect(bulkhead.inFlight <= max(limit, taken), "seed \(seed)")
        #expect(bulkhead.waitingCount == waiting.count, "seed \(seed)")
      }
    }
  }
}
