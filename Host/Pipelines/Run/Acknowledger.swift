import HostFormats
import HostModel
import HostPluginCalls
import HostPluginRuntime
import HostPolicyFile

/// Tells the source what has become durable, for sources that want to know.
///
/// It has an instance, a lane and a dependency of its own: a source that takes its time, fails or hangs at it holds no row up,
/// and the end of the run not for long. What could not be told is tried again after the next commit and at the run's end, and
/// by the next run, which begins with all that earlier ones have committed.
final class Acknowledger: @unchecked Sendable {
  /// How long a run's end waits for what there is to be told, unless one call may take less.
  private static let longestPatience: Duration = .seconds(30)
  /// And how long for a call that was asked to end.
  private static let grace: Duration = .seconds(5)

  private let context: RunContext
  private let cancellation = Cancellation()
  private let patience: Duration
  // All that changes is guarded by the monitor.
  private let monitor: any Monitor
  private var queue = AckQueue()
  /// Counts the commits.
  private var round = 0
  private var isDue = false
  /// The run's end came while a commit's try was still to be made, or under way: it is an occasion of its own.
  private var isEndToCome = false
  private var isClosing = false
  /// The lane is done, or written off.
  private var isEnded = false
  /// The run has ended without the lane: what that does now counts for nothing.
  private var isLeft = false

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
    let source = context.plan.source
    patience = min(Self.longestPatience, source.policy.timeout(source.operation))
  }

  /// A commit was made: these positions of the stream, and all before them, are durable.
  func committed(_ stream: Int, _ positions: [SplitPosition]) {
    monitor.withLock {
      queue.committed(stream, positions)
      becomeDue()
    }
  }

  /// What earlier runs have committed: whether it was told, nobody knows.
  func committedEarlier(_ stream: Int, _ positions: [SplitPosition]) {
    guard !positions.isEmpty else { return }
    // Each run in another order: where the time never suffices for all, sooner or later each has its turn.
    var generator = SplitMix64(seed: context.runNumbers[stream])
    let order = positions.shuffled(using: &generator)
    monitor.withLock {
      queue.committedEarlier(stream, order)
      becomeDue()
    }
  }

  private func becomeDue() {
    round += 1
    isDue = true
    monitor.signalAll()
  }

  // MARK: The end

  /// The run ends: what there is to be told is tried once more, for as long as the patience lasts.
  ///
  /// - Parameters:
  ///   - stop: ends the patience.
  ///   - isHurried: there is none; what is not told is left to the next run.
  func close(stop: Cancellation, isHurried: Bool) {
    let registration = stop.onCancel { [self] in hurry() }
    defer { stop.remove(registration) }
    if isHurried { hurry() }
    monitor.withLock {
      (isClosing, isEndToCome) = (true, isDue)
      becomeDue()
      wait(patience) { isEnded || cancellation.isCancelled }
    }
    let isLate = !cancellation.isCancelled
    hurry()
    let untold = monitor.withLock { () -> Int? in
      let wasEnded = isEnded
      wait(Self.grace) { isEnded }
      isLeft = !isEnded
      return isLeft || isLate && !wasEnded ? queue.count : nil
    }
    if let untold { tellUntold(untold) }
  }

  private func hurry() {
    cancellation.cancel()
    monitor.withLock { monitor.signalAll() }
  }

  private func wait(_ most: Duration, until isOver: () -> Bool) {
    let end = context.host.clock.now().advanced(by: most)
    while !isOver(), monitor.wait(until: end) {}
  }

  private func tellUntold(_ count: Int) {
    let reason = "the source was still being told at the end of the run; the next one tells it again"
    context.emit("ack_failed", ["reason": .string(reason), "waiting": .string(String(count))])
  }

  // MARK: The lane

  private func run(_ lane: LaneGuard) {
    var source: (instance: SourceInstance, of: StageBook.Current)?
    while let next = next() {
      do throws(Failure) {
        // Whoever has yet to do a batch has no say in what was read by another.
        let current = context.host.stages.proven(context.plan.source)
        if source?.of.number != current.number || source?.instance.isUsable != true {
          source = nil
          source = (try make(current.stage, lane), current)
        }
        try source?.instance.acknowledge(next.position)
      } catch {
        guard !lane.isLost else { return }
        failed(next, error)
      }
    }
    // In its own thread, before anybody goes on.
    source = nil
    end()
  }

  private func make(_ stage: PlannedStage, _ lane: LaneGuard) throws(Failure) -> SourceInstance {
    let stage = stage.aside(.ack)
    return try SourceInstance(
      stage.plugin, config: stage.configText,
      context: stage.context(context.host, origin: context.origin, cancellation: cancellation, lane: lane),
      host: context.host.services)
  }

  private struct Next {
    var key: AckQueue.Key
    var position: SplitPosition
    var round: Int
  }

  /// Waits for a commit; nil once there will be none, and what there was has been tried.
  private func next() -> Next? {
    monitor.withLock {
      while true {
        if isDue, !cancellation.isCancelled, let (key, position) = queue.take() {
          return Next(key: key, position: position, round: round)
        }
        isDue = false
        if isClosing { return nil }
        _ = monitor.wait(until: .distantFuture)
      }
    }
  }

  private func failed(_ what: Next, _ failure: Failure) {
    let isTold = monitor.withLock {
      queue.putBack(what.position, what.key)
      // What fails at one split will fail at the others, and costs every attempt of its policy: a commit, or the run's end,
      // is the next occasion.
      isDue = round != what.round || isEndToCome
      if isClosing { isEndToCome = false }
      return !isLeft && failure.status != .cancelled
    }
    guard isTold else { return }
    tell(
      failure, what.key.stream,
      ["split": .string(what.key.split), "ordinal": .string(String(what.position.ordinal))])
  }

  /// The lane hangs in the plugin for good.
  private func lost(_ failure: Failure) {
    guard !monitor.withLock({ isLeft }) else { return }
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
