import HostModel

/// What happened in a simulation, in order. One seed, run twice, gives the same text byte for byte.
struct SimulationLog {
  enum Event: Equatable {
    case started(Int)
    case locked(Int)
    case unlocked(Int)
    case waits(Int)
    case signalled(Int)
    case sleeps(until: Instant)
    case ended
    case note(String)
  }

  private struct Entry {
    var event: Event
    var lane: Int
    var at: Instant
  }

  private var entries: [Entry] = []

  mutating func add(_ event: Event, lane: Int, at now: Instant) {
    entries.append(Entry(event: event, lane: lane, at: now))
  }

  /// One line an event: number, nanoseconds, lane, what it did.
  func text(_ lanes: [LaneSchedule.Lane]) -> String {
    var text = ""
    for (number, entry) in entries.enumerated() {
      let lane = lanes.isEmpty ? "-" : lanes[entry.lane].name
      text += "\(number) \(entry.at.nanoseconds) \(lane) \(describe(entry.event, lanes))\n"
    }
    return text
  }

  private func describe(_ event: Event, _ lanes: [LaneSchedule.Lane]) -> String {
    switch event {
    case .started(let lane): "starts \(lanes[lane].name)"
    case .locked(let monitor): "locks \(monitor)"
    case .unlocked(let monitor): "unlocks \(monitor)"
    case .waits(let monitor): "waits on \(monitor)"
    case .signalled(let monitor): "signals \(monitor)"
    case .sleeps(.distantFuture): "sleeps"
    case .sleeps(let until): "sleeps until \(until.nanoseconds)"
    case .ended: "ends"
    case .note(let text): text
    }
  }
}

/// A simulation that cannot go on: a deadlock, one that does not end, or a monitor that is used wrongly.
package struct SimulationStuck: Error, Equatable, CustomStringConvertible {
  package let what: String
  /// Each lane that has not ended, and what it waits for.
  package let lanes: [String]

  package init(what: String, lanes: [String]) {
    self.what = what
    self.lanes = lanes
  }

  package var description: String { ([what + ":"] + lanes).joined(separator: "\n  ") }
}
