import HostFormats
import HostGate
import HostLake
import HostModel
import HostPluginCalls
import HostPluginRuntime
import HostPolicy

/// What all lanes of a run share.
final class RunContext: @unchecked Sendable {
  // What changes is guarded by `monitor`; the rest is set once before any lane starts.
  let host: PipelineHost
  let plan: PipelinePlan
  let targets: [StreamTarget]
  /// What this run goes on from, by stream: nothing where a stream is read anew.
  private let starts: [[HostPluginCalls.SplitPosition]]
  let progress: [StreamProgress]
  let origin: CallOrigin
  /// Cancelled when no more is to be read: by a signal or after a failure. Writing goes on, so that what is complete is
  /// kept.
  let reading: Cancellation
  /// Cancelled when even that is not wanted any more.
  let writing: Cancellation
  let inbox: BoundedChannel<LineReport>
  let startedAt: WallTime
  /// Queues for what may be read and not processed; nil where there is no place for them.
  let spools: Spools?
  /// The number of each stream's run; see `RunMark`.
  let runNumbers: [UInt64]
  private let events: @Sendable (RunEvent) -> Void
  private let monitor: any Monitor
  private var work: ArraySlice<WorkItem>

  /// Splits that one line reads one after another.
  struct WorkItem: Sendable {
    var stream: Int
    var splits: [Split]
    /// The item is all that is left of the stream, so its reader sees the stream's end.
    var isWholeStream: Bool
  }

  init(
    host: PipelineHost, plan: PipelinePlan, targets: [StreamTarget],
    starts: [[HostPluginCalls.SplitPosition]], runNumbers: [UInt64], progress: [StreamProgress], work: [WorkItem],
    reading: Cancellation, startedAt: WallTime, events: @escaping @Sendable (RunEvent) -> Void
  ) {
    self.host = host
    self.plan = plan
    self.targets = targets
    self.starts = starts
    self.progress = progress
    self.work = work[...]
    self.reading = reading
    self.startedAt = startedAt
    self.runNumbers = runNumbers
    spools = host.spool.map { Spools($0, pipeline: plan.file.name, lanes: host.lanes) }
    self.events = events
    writing = Cancellation()
    origin = CallOrigin(tenant: host.tenant, sourceID: plan.file.sourceID, pipeline: plan.file.name)
    monitor = host.lanes.makeMonitor()
    inbox = BoundedChannel(capacity: 1024, monitor: host.lanes.makeMonitor())
  }

  /// The pipeline's level, or the platform's where that is higher.
  var level: DegradationLevel {
    .effective(platform: host.gate.platform.level, pipeline: host.gate.pipeline(origin).level)
  }

  /// Whether the level forbids writing into the lake, so that writers wait: perhaps for hours.
  var isWritingHeld: Bool { !plan.format.behaviour.works(at: level) }

  /// Whether the level itself makes batches wait, so that how many wait says nothing of how much can be done.
  var isBacklogHeld: Bool {
    let level = level
    return isWritingHeld || plan.streams.contains { !$0.transforms.allSatisfy { $0.behaviour.works(at: level) } }
  }

  /// A plugin's place, for one lane.
  func seat<Instance>(
    _ planned: PlannedStage, make: @escaping (PlannedStage) throws(Failure) -> Instance
  ) throws(Failure) -> StageSeat<Instance> {
    try StageSeat(host.stages, planned, whenTakenBack: tellTakenBack, make: make)
  }

  /// A plugin that was put in another's place has failed at its first batch: the one before goes on.
  func tellTakenBack(_ stage: PlannedStage, _ failure: Failure) {
    emit("plugin_taken_back", ["plugin": .string(stage.name), "reason": .string(failure.description)])
  }

  func nextItem() -> WorkItem? {
    guard !reading.isCancelled else { return nil }
    return monitor.withLock { work.popFirst() }
  }

  /// Nothing is read any more; lines end by themselves.
  func stopReading() {
    reading.cancel()
    monitor.withLock { work = [] }
  }

  func emit(_ name: String, stream: Int? = nil, _ details: JSONObject = JSONObject()) {
    events(
      RunEvent(
        name, at: host.clock.wallTime(), tenant: host.tenant, sourceID: plan.file.sourceID, pipeline: plan.file.name,
        stream: stream.map { plan.streams[$0].id.stream }, details: details))
  }

  /// Where to go on with a split that an earlier run began; nil: from its start.
  func start(of split: String, stream: Int) -> HostPluginCalls.SplitPosition? {
    starts[stream].first { $0.split == split }
  }
}
