import HostControl
import HostGate
import HostModel
import HostPolicy
import HostQueue
import TestSupport

/// One process: gate, monitor, service and queue over the home that earlier ones have left.
final class ResilienceLife: Sendable {
  static let longestPatience = Duration.milliseconds(9500)
  /// Of a caller, between two calls.
  static let longestPause = Duration.milliseconds(1300)
  static let operatorHold = Duration.seconds(3)

  let world: ResilienceWorld
  let gate: Gate
  let service: ResilienceService
  let queue: LocalQueue
  let replay: Replay
  let sites: [String: CallSite]
  let scope: LevelScope
  /// Ends the process: at its time, or when its files have ended it.
  let stop = Cancellation()
  private let origin = CallOrigin(tenant: .standard, sourceID: SourceID(7), pipeline: "orders")

  init(_ world: ResilienceWorld, number: Int) throws {
    self.world = world
    let (simulation, checks, plan) = (world.simulation, world.checks, world.plan)
    world.memory.whenCrashed { [stop] in stop.cancel() }
    checks.saw(.processBegan(plan.policies, plan.degradation))
    let gauges = ScriptedGauges { world.shortage() }
    let events = LifeEvents(world, gauges)
    gate = Gate(
      clock: simulation.clock, waiter: simulation.waiter, seed: simulation.seed &+ UInt64(number)
    ) { events.happened($0) }
    events.watch(gate)
    scope = gate.pipeline(origin)
    let queue = try LocalQueue(
      folder: "/site/queue", files: world.memory, lanes: simulation.lanes, configuration: Self.queueConfiguration
    ) { 0x5EED }
    self.queue = queue
    let replay = Replay(from: queue.firstOffset)
    self.replay = replay
    service = ResilienceService(
      gate, DegradationMonitor(gate, plan.degradation, window: plan.latencyWindow), pipeline: origin, home: "/site",
      files: world.memory, clock: simulation.clock, waiter: simulation.waiter,
      sources: .init(
        gauges: gauges, lanes: { gauges.lanes() },
        queueDepth: { gauges.queueDepth(Int(queue.nextOffset - replay.next)) }, status: { [:] }),
      warn: { events.warned($0) })
    service.restore()
    events.restored()
    sites = Self.sites(gate, plan, origin, scope)
    for dependency in gate.dependencies {
      checks.saw(
        .inherited(
          dependency.key.plugin, dependency.metrics().window, inARow: dependency.record().consecutiveFailures))
      checks.coverage.count("state \(dependency.breakerState.rawValue)")
    }
  }

  private static func sites(
    _ gate: Gate, _ plan: ResiliencePlan, _ origin: CallOrigin, _ scope: LevelScope
  ) -> [String: CallSite] {
    var sites: [String: CallSite] = [:]
    for name in ResilienceWorld.names {
      let operation: OperationClass = name == "sink" ? .fileUpload : name == "model" ? .llmInference : .apiCall
      guard let policy = plan.policies[name] else { continue }
      sites[name] = CallSite(
        gate.dependency(DependencyKey(plugin: name), policy.gate), operation: operation, feature: .dataIngestion,
        variant: name == "sink" ? .passThrough : .buffer, isIdempotent: policy.isIdempotent, origin: origin,
        pipeline: scope, retry: policy.retry, timeout: policy.timeout, breakerWait: policy.breakerWait,
        levelWait: policy.levelWait)
    }
    return sites
  }

  /// Segments of a few records, so that they are freed often.
  private static var queueConfiguration: QueueConfiguration {
    var configuration = QueueConfiguration()
    configuration.segmentBytes = 120
    configuration.maxBytes = 100_000
    configuration.maxRecordBytes = 100
    return configuration
  }

  func run(_ life: ResiliencePlan.Life, isLast: Bool) throws {
    let lanes = world.simulation.lanes
    var all = [
      try lanes.start("ticker") { [self] in gate.runTicker(every: ResilienceWorld.tick, cancellation: stop) },
      try lanes.start("service") { [self] in
        while !stop.isCancelled {
          service.look()
          world.wait(ResilienceWorld.look, stop)
        }
      },
      try lanes.start("pipeline") { [self] in runPipeline() },
    ]
    for name in ["model", "model", "source", "source", "transform", "sink", "source"] {
      all.append(try lanes.start("caller") { [self] in callOften(name) })
    }
    while world.now < life.until, goesOn {
      disturb()
      world.wait(ResilienceWorld.orders, stop)
    }
    if isLast { settle() } else { end(life) }
    stop.cancel()
    for lane in all { lane.join() }
    checkLeaks()
  }

  private var goesOn: Bool { !stop.isCancelled && world.checks.first == nil }

  /// The process ends now, or within an operation on its files that is soon to come.
  private func end(_ life: ResiliencePlan.Life) {
    switch life.end {
    case .between: world.checks.coverage.happened(.endBetween)
    case .atStart: break
    case .within(let operations):
      world.memory.inject(.crashWithin(world.memory.trace.count + operations))
      while world.now < ResilienceWorld.faultsEnd, goesOn { world.wait(ResilienceWorld.orders, stop) }
      if stop.isCancelled { world.checks.coverage.happened(.endWithin) }
    }
  }

  /// No fault comes any more. Ends when nothing has been left for a while, or when the bound has passed.
  private func settle() {
    world.memory.clearFaults()
    let end = ResilienceWorld.faultsEnd.advanced(by: world.plan.bound)
    var calmSince: Instant?
    while world.now < end, goesOn {
      letGo()
      calmSince = left.isEmpty ? calmSince ?? world.now : nil
      if let calmSince, world.now >= calmSince.advanced(by: ResilienceWorld.calm) { break }
      world.wait(ResilienceWorld.orders)
    }
    world.settled(after: (calmSince ?? world.now).duration(since: ResilienceWorld.faultsEnd))
    world.checks.saw(.settled(left))
  }

  /// Operators hold nothing any more.
  private func letGo() {
    gate.pin(nil, of: scope)
    for dependency in gate.dependencies where [.forcedOpen, .disabled, .metricsOnly].contains(dependency.breakerState) {
      dependency.command(.close)
    }
  }

  private var left: [String] {
    var left = gate.dependencies.filter { $0.breakerState != .closed }.map { "\($0.key) is \($0.breakerState)" }
    for level in [scope, gate.platform] where level.level != .normal {
      left.append("the level of \(level.name ?? "the platform") is \(level.level)")
    }
    if queue.firstUncommitted(world.outside.landed) { left.append("the backlog is left") }
    if world.outside.landed < 20 { left.append("only \(world.outside.landed) batches landed") }
    return left
  }

  private func checkLeaks() {
    for dependency in gate.dependencies {
      let metrics = dependency.metrics()
      world.checks.saw(
        .processEnded(
          "\(dependency.key)", permits: metrics.permitsOut, inFlight: metrics.inFlight, waiting: metrics.waiting))
    }
  }
}
