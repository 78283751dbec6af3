import HostModel
import HostSystem
import Testing

@testable import HostPipelines

@Suite struct BoundedChannelTests {
  private let lanes = SystemLanes()

  private func channel(_ capacity: Int) -> BoundedChannel<Int> {
    BoundedChannel(capacity: capacity, monitor: lanes.makeMonitor())
  }

  private func all(_ channel: BoundedChannel<Int>) -> [Int] {
    var received: [Int] = []
    while case .element(let element) = channel.receive() { received.append(element) }
    return received
  }

  @Test func everythingArrivesInOrderHoweverSlowTheReceiver() throws {
    for capacity in [1, 2, 100] {
      let channel = channel(capacity)
      let sender = try lanes.start("sender") {
        for number in 0..<5000 { channel.send(number) }
        channel.close()
      }
      #expect(all(channel) == Array(0..<5000))
      sender.join()
    }
  }

  @Test func severalSendersLoseNothing() throws {
    let channel = channel(3)
    let senders = try (0..<4).map { sender in
      try lanes.start("sender-\(sender)") { for number in 0..<500 { channel.send(sender * 500 + number) } }
    }
    let received = (0..<2000).compactMap { _ -> Int? in
      if case .element(let element) = channel.receive() { element } else { nil }
    }
    for sender in senders { sender.join() }
    #expect(received.sorted() == Array(0..<2000))
  }

  @Test func whatWasSentBeforeTheEndIsStillReceived() {
    let channel = channel(2)
    channel.send(1)
    channel.close()
    #expect(!channel.send(2))
    #expect(!channel.post(3))
    #expect(all(channel) == [1])
  }

  @Test func aSenderThatWaitsGoesOnWhenTheReceiverIsGone() throws {
    let channel = channel(1)
    channel.send(1)
    let outcomes = BoundedChannel<Bool>(capacity: 1, monitor: lanes.makeMonitor())
    let sender = try lanes.start("sender") { outcomes.send(channel.send(2)) }
    channel.abandon()
    guard case .element(let wasSent) = outcomes.receive() else {
      Issue.record("the sender gave no answer")
      return
    }
    sender.join()
    #expect(!wasSent)
    #expect(all(channel).isEmpty)
  }

  @Test func aReceiverThatWaitsGoesOnWhenTheChannelIsClosedOrAbandoned() throws {
    for ends in [{ $0.close() }, { $0.abandon() }] as [@Sendable (BoundedChannel<Int>) -> Void] {
      let channel = channel(1)
      let ender = try lanes.start("ender") { ends(channel) }
      #expect(all(channel).isEmpty)
      ender.join()
    }
  }

  @Test func controlMessagesPassAFullChannel() {
    let channel = channel(1)
    channel.send(1)
    #expect(channel.post(2))
    channel.close()
    #expect(all(channel) == [1, 2])
  }

  @Test func aDeadlineThatHasPassedIsTold() {
    let channel = channel(1)
    guard case .timedOut = channel.receive(until: Instant(nanoseconds: 0)) else {
      Issue.record("nothing was sent")
      return
    }
    channel.abandon()
    guard case .closed = channel.receive(until: Instant(nanoseconds: 0)) else {
      Issue.record("nobody can send any more")
      return
    }
  }

  /// Batches are large: one that was received must be free to go.
  @Test func whatWasReceivedIsNotKept() {
    final class Load: Sendable {}
    let channel = BoundedChannel<Load>(capacity: 4, monitor: lanes.makeMonitor())
    weak var first: Load?
    do {
      let load = Load()
      first = load
      channel.send(load)
      channel.send(Load())
    }
    #expect(first != nil)
    _ = channel.receive()
    #expect(first == nil)
  }
}
