import HostModel
@testable import HostPipelines
import Synchronization
import Testing
import TestSupport

@Suite struct BoundedChannelTests {
  private typealias Channel = BoundedChannel<Item>

  private struct Item: Sendable, Hashable {
    var sender: Int
    var number: Int
  }

  /// Lanes that send and receive, and what came of it.
  private final class World: Sendable {
    let simulation: Simulation
    let capacity: Int
    let received = Mutex<[Item]>([])
    let inside = Atomic<Int>(0)
    let mostInside = Atomic<Int>(0)

    init(_ seed: UInt64, capacity: Int) {
      simulation = Simulation(seed: seed)
      self.capacity = capacity
    }

    func makeChannel() -> Channel { Channel(capacity: capacity, monitor: simulation.lanes.makeMonitor()) }

    func wait(_ duration: Duration) {
      _ = simulation.waiter.wait(until: simulation.clock.now().advanced(by: duration), cancellation: nil)
    }

    /// Sends `count` items and counts those that were taken and not yet received. The receiver counts after it has made
    /// room, so there may seem to be one more than fits.
    func send(_ count: Int, _ sender: Int, to channel: Channel) -> Int {
      (0..<count).count { number in
        let isTaken = channel.send(Item(sender: sender, number: number))
        if isTaken {
          let now = inside.add(1, ordering: .sequentiallyConsistent).newValue
          mostInside.max(now, ordering: .sequentiallyConsistent)
        }
        return isTaken
      }
    }

    func receiveAll(from channel: Channel, pausing pause: Duration = .zero) {
      while case .element(let item) = channel.receive() {
        inside.subtract(1, ordering: .sequentiallyConsistent)
        received.withLock { $0.append(item) }
        if pause > .zero { wait(pause) }
      }
    }
  }

  /// Three senders, one slow receiver: everything arrives once, in the order of its sender, and no more is under way than
  /// fits.
  @Test(arguments: [1, 2, 5]) func nothingIsLostDoubledOrReordered(_ capacity: Int) throws {
    try SimulationSeeds.forEach(150) { seed in
      let world = World(seed, capacity: capacity)
      try world.simulation.run {
        let channel = world.makeChannel()
        let senders = try (0..<3).map { sender in
          try world.simulation.lanes.start("sender") { #expect(world.send(8, sender, to: channel) == 8) }
        }
        _ = try world.simulation.lanes.start("receiver") {
          world.receiveAll(from: channel, pausing: seed % 2 == 0 ? .milliseconds(1) : .zero)
        }
        for sender in senders { sender.join() }
        channel.close()
      }
      let received = world.received.withLock { $0 }
      #expect(received.count == 24, "seed \(seed)")
      for sender in 0..<3 {
        #expect(received.filter { $0.sender == sender }.map(\.number) == Array(0..<8), "seed \(seed)")
      }
      #expect(world.mostInside.load(ordering: .relaxed) <= capacity + 1, "seed \(seed)")
    }
  }

  /// The sender is ahead by the capacity and no further while nobody receives, whatever the order of the lanes.
  @Test func aFullChannelHoldsTheSenderBack() throws {
    try SimulationSeeds.forEach(50) { seed in
      let world = World(seed, capacity: 2)
      try world.simulation.run {
        let channel = world.makeChannel()
        let sent = Atomic<Int>(0)
        _ = try world.simulation.lanes.start("sender") {
          for number in 0..<5 {
            channel.send(Item(sender: 0, number: number))
            sent.add(1, ordering: .sequentiallyConsistent)
          }
          channel.close()
        }
        // Time moves only when nobody can run: the sender has come as far as it can.
        world.wait(.seconds(1))
        #expect(sent.load(ordering: .sequentiallyConsistent) == 2, "seed \(seed)")
        channel.post(Item(sender: 1, number: 0))
        world.receiveAll(from: channel)
      }
      #expect(world.received.withLock { $0.filter { $0.sender == 0 }.map(\.number) } == Array(0..<5))
      #expect(world.received.withLock { $0.count } == 6)
    }
  }

  /// The receiver leaves after some items: every sender goes on, and no wait is left behind.
  @Test func anAbandonedChannelLetsItsSendersGo() throws {
    try SimulationSeeds.forEach(150) { seed in
      let world = World(seed, capacity: 1)
      let dropped = Atomic<Int>(0)
      try world.simulation.run {
        let channel = world.makeChannel()
        for sender in 0..<2 {
          _ = try world.simulation.lanes.start("sender") {
            dropped.add(6 - world.send(6, sender, to: channel), ordering: .relaxed)
          }
        }
        for _ in 0..<Int(seed % 4) {
          guard case .element(let item) = channel.receive() else { break }
          world.received.withLock { $0.append(item) }
        }
        channel.abandon()
        #expect(!channel.send(Item(sender: 9, number: 0)))
        guard case .closed = channel.receive() else {
          Issue.record("an abandoned channel gave something, seed \(seed)")
          return
        }
      }
      // Received, or refused, or the one that lay in the channel.
      let (got, refused) = (world.received.withLock { $0.count }, dropped.load(ordering: .relaxed))
      #expect(got == Int(seed % 4) && (11...12).contains(got + refused), "seed \(seed)")
    }
  }

  @Test func aClosedChannelGivesWhatItHasAndTakesNoMore() throws {
    try SimulationSeeds.forEach(50) { seed in
      let world = World(seed, capacity: 4)
      try world.simulation.run {
        let channel = world.makeChannel()
        #expect(world.send(3, 0, to: channel) == 3)
        channel.close()
        #expect(!channel.send(Item(sender: 0, number: 3)) && !channel.post(Item(sender: 0, number: 4)))
        for _ in 0..<2 { _ = try world.simulation.lanes.start("receiver") { world.receiveAll(from: channel) } }
      }
      #expect(world.received.withLock { $0.map(\.number).sorted() } == [0, 1, 2])
    }
  }

  @Test func aReceiverGivesUpAtItsDeadlineAndNotBefore() throws {
    try SimulationSeeds.forEach(50) { seed in
      let world = World(seed, capacity: 1)
      try world.simulation.run {
        let channel = world.makeChannel()
        let deadline = Instant(nanoseconds: 60_000_000_000)
        guard case .timedOut = channel.receive(until: deadline) else {
          Issue.record("nothing was sent, and the wait ended otherwise, seed \(seed)")
          return
        }
        #expect(world.simulation.clock.now() == deadline)
        _ = try world.simulation.lanes.start("sender") {
          world.wait(.seconds(59))
          channel.send(Item(sender: 0, number: 1))
        }
        guard case .element(let item) = channel.receive(until: deadline.advanced(by: .seconds(60))) else {
          Issue.record("what was sent in time was not received, seed \(seed)")
          return
        }
        #expect(item.number == 1 && world.simulation.clock.now() == deadline.advanced(by: .seconds(59)))
      }
    }
  }
}
