import HostPluginCalls
import Testing

@testable import HostPipelines

@Suite struct AckQueueTests {
  private func position(_ split: String, _ ordinal: UInt64) -> SplitPosition {
    SplitPosition(split: split, identity: "i", position: [], ordinal: ordinal, isComplete: false)
  }

  private func all(_ queue: AckQueue) -> [String] {
    var queue = queue
    var told: [String] = []
    while let (key, position) = queue.take() { told.append("\(key.stream) \(key.split) \(position.ordinal)") }
    return told
  }

  @Test func ofSeveralCommitsTheLastIsTold() {
    var queue = AckQueue()
    queue.committed(0, [position("a", 1), position("b", 1)])
    queue.committed(0, [position("a", 2)])
    #expect(queue.count == 2)
    #expect(all(queue) == ["0 a 2", "0 b 1"])
  }

  /// Streams may call their splits the same.
  @Test func splitsOfTwoStreamsAreTwo() {
    var queue = AckQueue()
    queue.committed(0, [position("a", 1)])
    queue.committed(1, [position("a", 7)])
    #expect(all(queue) == ["0 a 1", "1 a 7"])
  }

  @Test func whatThisRunCommitsComesBeforeWhatEarlierOnesDid() {
    var queue = AckQueue()
    queue.committedEarlier(0, [position("old", 9), position("both", 3)])
    queue.committed(0, [position("both", 4), position("new", 1)])
    #expect(all(queue) == ["0 both 4", "0 new 1", "0 old 9"])
  }

  @Test func whatWasNotToldComesAgainUnlessThereIsLater() throws {
    var queue = AckQueue()
    queue.committed(0, [position("a", 1), position("b", 1)])
    let first = queue.take()
    let (key, failed) = try #require(first)
    queue.putBack(failed, key)
    #expect(all(queue) == ["0 b 1", "0 a 1"])
    _ = queue.take()
    _ = queue.take()
    queue.committed(0, [position("a", 2)])
    queue.putBack(failed, key)
    #expect(queue.count == 1 && all(queue) == ["0 a 2"])
  }
}
