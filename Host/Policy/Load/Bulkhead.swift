/// Bounds how many calls to one dependency are in flight, so that a slow one does not take every lane.
package struct Bulkhead: Sendable, Equatable {
  /// nil does not limit. 0 admits nothing.
  package let limit: Int?
  package private(set) var inFlight = 0

  package init(limit: Int?) { self.limit = limit.map { max(0, $0) } }

  package mutating func acquire() -> Bool {
    if let limit, inFlight >= limit { return false }
    inFlight += 1
    return true
  }

  package mutating func release() {
    precondition(inFlight > 0, "a bulkhead slot was returned twice")
    inFlight -= 1
  }
}
