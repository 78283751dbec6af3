import HostFormats
import HostModel
import HostPluginCalls
import HostPluginRuntime

/// Tells the source what has become durable, for sources that want to know.
///
/// It has an instance and a lane of its own: a source that takes its time, fails or hangs at it holds nothing up and loses
/// nothing. What a run could not acknowledge it tries again after the next commit, and the next run before it reads.
final class Acknowledger: @unchecked Sendable {
  /// Positions are told by split, and splits belong to streams.
  private struct Key: Hashable {
    var stream: Int
    var split: String
  }

  private let context: RunContext
  private let cancellation = Cancellation()
  // All that changes is guarded by the monitor, except for the instance, which is the lane's.
  private let monitor: any Monitor
  /// The newest position of each split that was not acknowledged, in the order of their first commits.
  private var pending: [Key: SplitPosition] = [:]
  private var order: [Key] = []
  private var isDue = false
  private var isClosing = false
  private var isEnded = false

  /// - Returns: nil if the source does not need to know.
  static func start(_ context: RunContext) throws(Failure) -> Acknowledger? {
    guard context.plan.source.plugin.isAcknowledged else { return nil }
    let made = Acknowledger(context)
    let lane = LaneGuard(name: "acknowledge") { made.lost($0) }
    _ = try context.host.lanes.start("acknowledge") { made.run(lane) }
    return made
  }

  private init(_ context: RunContext) {
    self.context = context
    monitor = context.host.lanes.makeMonitor()
  }

  /// A commit was made: these positions of the stream, and all before them, are durable.
  func committed(_ stream: Int, _ positions: [SplitPosition]) {
    monitor.withLock {
      for position in positions { add(position, Key(stream: stream, split: position.split)) }
      isDue = true
      monitor.signalAll()
    }
  }

  private func add(_ position: SplitPosition, _ key: Key) {
    if pending.updateValue(position, forKey: key) == nil { order.append(key) }
  }

  /// The run ends: waits for what is under way.
  ///
  /// - Parameter isHurried: what cannot be told at once is left to the next run.
  func close(isHurried: Bool) {
    if isHurried { cancellation.cancel() }
    monitor.withLock {
      isClosing = true
      monitor.signalAll()
      while !isEnded { _ = monitor.wait(until: .distantFuture) }
    }
  }

  // MARK: The lane

  private func run(_ lane: LaneGuard) {
    var source: (instance: SourceInstance, of: StageBook.Current)?
    while let (key, position) = next() {
      do throws(Failure) {
        // Whoever has yet to do a batch has no say in what was read by another.
        let current = context.host.stages.proven(context.plan.source)
        if source?.of.number != current.number || source?.instance.isUsable != true {
          source = nil
          source = (try make(current.stage, lane), current)
        }
        try source?.instance.acknowledge(position)
      } catch {
        guard !lane.isLost else { return }
        failed(key, position, error)
      }
    }
    // In its own thread, before anybody goes on.
    source = nil
    end()
  }

  private func make(_ stage: PlannedStage, _ lane: LaneGuard) throws(Failure) -> SourceInstance {
    try SourceInstance(
      stage.plugin, config: stage.configText,
      context: stage.context(context.host, origin: context.origin, cancellation: cancellation, lane: lane),
      host: context.host.services)
  }

  /// Waits for a commit; nil once there will be none, and what there was has been tried.
  private func next() -> (Key, SplitPosition)? {
    monitor.withLock {
      while true {
        if isDue, !cancellation.isCancelled, let key = order.first {
          order.removeFirst()
          if let position = pending.removeValue(forKey: key) { return (key, position) }
        }
        isDue = isDue && !order.isEmpty && !cancellation.isCancelled
        if isDue { continue }
        if isClosing { return nil }
        _ = monitor.wait(until: .distantFuture)
      }
    }
  }

  /// It is tried again after the next commit, unless that has brought a later position.
  private func failed(_ key: Key, _ position: SplitPosition, _ failure: Failure) {
    monitor.withLock {
      if pending[key] == nil { add(position, key) }
      // What fails at one split will fail at the others, and costs every attempt of its policy.
      isDue = false
    }
    guard failure.status != .cancelled else { return }
    tell(failure, key.stream, ["split": .string(key.split), "ordinal": .string(String(position.ordinal))])
  }

  /// The lane hangs in the plugin for good.
  private func lost(_ failure: Failure) {
    tell(failure, nil, [:])
    end()
  }

  private func tell(_ failure: Failure, _ stream: Int?, _ what: JSONObject) {
    var details = what
    details["reason"] = .string(failure.description)
    context.emit("ack_failed", stream: stream, details)
  }

  private func end() {
    monitor.withLock {
      isEnded = true
      monitor.signalAll()
    }
  }
}
