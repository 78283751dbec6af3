import HostModel
import HostPluginCalls

/// The lines of a run: each a reader and a writer on lanes of their own, with a bounded channel between them.
///
/// Used by the coordinator alone. What the lanes have to say comes through the run's inbox.
struct RunLines {
  private struct Line {
    var channel: BoundedChannel<LineMessage>
    /// How many of the two lanes are still at work.
    var lanes = 0
    var owesCut = false

    var isRunning: Bool { lanes > 0 }
  }

  private let context: RunContext
  private var lines: [Line] = []

  init(_ context: RunContext) { self.context = context }

  var areRunning: Bool { lines.contains(where: \.isRunning) }
  var oweCuts: Bool { lines.contains { $0.isRunning && $0.owesCut } }

  /// Starts one more line. If its second lane cannot be started, the first ends by itself and is waited for like others.
  mutating func start() throws(Failure) {
    let number = lines.count
    let host = context.host
    let channel = BoundedChannel<LineMessage>(capacity: host.limits.queuedBatches, monitor: host.lanes.makeMonitor())
    lines.append(Line(channel: channel))
    do throws(Failure) {
      try startWriter(number, channel)
      lines[number].lanes += 1
      try startReader(number, channel)
      lines[number].lanes += 1
    } catch {
      channel.close()
      throw error
    }
  }

  private func startReader(_ number: Int, _ channel: BoundedChannel<LineMessage>) throws(Failure) {
    try startLane("read-\(number)", number, .reader) { [context] lane throws(Failure) in
      defer { channel.close() }
      try LineReader(context, output: channel, lane: lane).run()
    }
  }

  private func startWriter(_ number: Int, _ channel: BoundedChannel<LineMessage>) throws(Failure) {
    try startLane("write-\(number)", number, .writer) { [context] lane throws(Failure) in
      do throws(Failure) {
        try LineWriter(context, number: number, input: channel, lane: lane).run()
      } catch {
        channel.abandon()
        throw error
      }
    }
  }

  /// A lane that tells how it ended, unless the watchdog has given it up and told that.
  private func startLane(
    _ name: String, _ number: Int, _ half: LineHalf, _ body: @escaping @Sendable (LaneGuard) throws(Failure) -> Void
  ) throws(Failure) {
    let inbox = context.inbox
    let lane = LaneGuard(name: name) { inbox.post(.lost(line: number, half, $0)) }
    _ = try context.host.lanes.start(name) {
      do throws(Failure) { try body(lane) } catch {
        if !lane.isLost { inbox.post(.failed(error)) }
      }
      if !lane.isLost { inbox.post(.finished(line: number)) }
    }
  }

  /// Asks every line what is complete; a line that has not answered yet is asked again next time.
  mutating func askForCuts() {
    guard !oweCuts else { return }
    for index in lines.indices where lines[index].isRunning {
      lines[index].owesCut = lines[index].channel.post(.cut)
    }
  }

  /// The line has told what is complete.
  ///
  /// - Returns: whether it had been asked; otherwise it is about to end.
  mutating func didCut(_ line: Int) -> Bool {
    defer { lines[line].owesCut = false }
    return lines[line].owesCut
  }

  /// One of the line's lanes has ended.
  mutating func laneEnded(_ line: Int) {
    lines[line].lanes = max(0, lines[line].lanes - 1)
    if !lines[line].isRunning { lines[line].owesCut = false }
  }

  /// A lane of the line hangs in a plugin for good. The other one ends by itself: a writer with what was read before, and
  /// a reader because nobody takes what it reads.
  mutating func lost(_ line: Int, _ half: LineHalf) {
    switch half {
    case .reader: lines[line].channel.close()
    case .writer: lines[line].channel.abandon()
    }
    laneEnded(line)
  }
}
