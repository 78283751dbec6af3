import HostGate
import HostModel
import HostPolicy
import HostQueue
import Synchronization
import TestSupport

/// Batches in order: into the queue while the level is emergency, and to the sink once the backlog has landed.
extension ResilienceLife {
  /// Between two batches.
  static let pause = Duration.milliseconds(300)
  /// Between two batches of the backlog, which is to become shorter; the sink takes a part of it.
  static let replayPause = Duration.milliseconds(100)

  func runPipeline() {
    while !stop.isCancelled {
      var pause = Self.pause
      do throws(Failure) {
        if scope.level == .emergency {
          try buffer()
        } else if let record = try queue.read(from: replay.next) {
          pause = Self.replayPause / 2
          if land(queue.ordinal(of: record)) {
            replay.advance(to: record.offset + 1)
            try queue.free(upTo: replay.next)
          }
        } else {
          let ordinal = max(world.outside.acknowledged, world.outside.landed)
          if land(ordinal) { world.outside.acknowledge(ordinal) }
        }
      } catch { world.simulation.note("pipeline \(error.message)") }
      world.wait(pause, stop)
    }
  }

  private func buffer() throws(Failure) {
    let ordinal = max(world.outside.acknowledged, world.outside.landed)
    guard case .stored = try queue.append(Array("\(ordinal)".utf8)), !stop.isCancelled else { return }
    world.outside.acknowledge(ordinal)
  }

  /// - Returns: whether the sink has the batch, and this process lives to know it.
  private func land(_ ordinal: Int) -> Bool {
    let result = call("sink", patience: .seconds(8)) { world.outside.commit(ordinal, log: world.checks) }
    return result?.isSuccess == true && !stop.isCancelled
  }
}

/// How far the backlog has been replayed. What has landed waits no more, even if its segment is still there.
final class Replay: Sendable {
  private let offset: Atomic<UInt64>

  init(from offset: UInt64) { self.offset = Atomic(offset) }

  var next: UInt64 { offset.load(ordering: .acquiring) }
  func advance(to next: UInt64) { offset.store(next, ordering: .releasing) }
}

extension LocalQueue {
  func ordinal(of record: Record) -> Int { Int(String(decoding: record.payload, as: UTF8.self)) ?? -1 }

  /// Whether a record is left that has not landed.
  func firstUncommitted(_ landed: Int) -> Bool {
    guard firstOffset < nextOffset, let record = try? read(from: nextOffset - 1) else { return false }
    return ordinal(of: record) >= landed
  }
}
