import HostControl
import HostGate
import HostModel
import HostPolicy
import HostQueue
import TestSupport

private struct CalmGauges: MachineGauges {
  func read() -> MachineReading { MachineReading() }
  func freeBytes(at path: String) -> Int64? { 1 << 40 }
}

/// One process: gate, monitor, service and queue over the home that earlier ones have left.
final class ResilienceLife: Sendable {
  let world: ResilienceWorld
  let number: Int
  let gate: Gate
  let service: ResilienceService
  let queue: LocalQueue
  let sites: [String: CallSite]
  let scope: LevelScope
  let stop = Cancellation()

  init(_ world: ResilienceWorld, number: Int) throws {
    self.world = world
    self.number = number
    let (simulation, checks) = (world.simulation, world.checks)
    checks.began(world.plan.gates)
    let events = LifeEvents(simulation, checks)
    gate = Gate(
      clock: simulation.clock, waiter: simulation.waiter, seed: simulation.seed &+ UInt64(number)
    ) { events.happened($0) }
    events.watch(gate)
    let origin = CallOrigin(tenant: .standard, sourceID: SourceID(7), pipeline: "orders")
    scope = gate.pipeline(origin)
    let configuration = Self.queueConfiguration
    queue = try LocalQueue(
      folder: "/site/queue", files: world.memory, lanes: simulation.lanes, configuration: configuration
    ) { 0x5EED }
    service = ResilienceService(
      gate, DegradationMonitor(gate, world.plan.degradation), pipeline: origin, home: "/site", files: world.memory,
      clock: simulation.clock, waiter: simulation.waiter,
      sources: .init(gauges: CalmGauges(), lanes: { (0, 4) }, queueDepth: { 0 }, status: { [:] }),
      warn: { _ in simulation.note("a warning") })
    service.restore()
    var sites: [String: CallSite] = [:]
    for name in ResilienceWorld.names {
      let operation: OperationClass = name == "sink" ? .fileUpload : name == "model" ? .llmInference : .apiCall
      sites[name] = CallSite(
        gate.dependency(DependencyKey(plugin: name), world.plan.gates[name] ?? .init()), operation: operation,
        feature: .dataIngestion, variant: name == "sink" ? .passThrough : .buffer, isIdempotent: true, origin: origin,
        pipeline: scope)
    }
    self.sites = sites
  }

  /// Segments of a few records, so that they are freed often.
  private static var queueConfiguration: QueueConfiguration {
    var configuration = QueueConfiguration()
    configuration.segmentBytes = 120
    configuration.maxBytes = 100_000
    configuration.maxRecordBytes = 100
    return configuration
  }

  func run(until end: Instant) throws {
    let lanes = world.simulation.lanes
    var all = [
      try lanes.start("ticker") { [self] in gate.runTicker(every: ResilienceWorld.tick, cancellation: stop) },
      try lanes.start("service") { [self] in
        while !stop.isCancelled {
          service.look()
          world.wait(.seconds(1), stop)
        }
      },
      try lanes.start("pipeline") { [self] in runPipeline() },
    ]
    for name in ["model", "model", "source", "source", "transform", "sink", "source"] {
      all.append(try lanes.start("caller") { [self] in callOften(name) })
    }
    while world.now < end, world.checks.first == nil {
      disturb()
      world.wait(min(.seconds(2), end.duration(since: world.now)))
    }
    if end > ResilienceWorld.faultsEnd { checkConverged() }
    stop.cancel()
    for lane in all { lane.join() }
    checkLeaks()
  }

  /// An operator, a lost instance or a jumping clock.
  private func disturb() {
    guard world.now < ResilienceWorld.faultsEnd else {
      world.memory.clearFaults()
      return gate.pin(nil, of: scope)
    }
    let name = ResilienceWorld.names[world.outside.roll(ResilienceWorld.names.count)]
    switch world.outside.roll(12) {
    case 0: gate.pin(DegradationLevel(rawValue: UInt8(world.outside.roll(4))), of: scope)
    case 1: gate.pin(nil, of: scope)
    case 2: gate.instanceLost(plugin: name, .crashed)
    case 3: world.simulation.clock.jumpWallTime(by: .seconds(Int64(world.outside.roll(7200)) - 3600))
    case 4: gate.dependencies.first { $0.key.plugin == name }?.command(.close)
    case 5: world.memory.inject(.diskFull(after: 0))
    case 6: world.memory.clearFaults()
    default: break
    }
  }

  private func callOften(_ name: String) {
    while !stop.isCancelled {
      _ = call(name, patience: .milliseconds(Int64(500 + world.outside.roll(9000)))) {}
      world.wait(.milliseconds(Int64(100 + world.outside.roll(1200))), stop)
    }
  }

  /// A call that is watched. `effect` happens at the server, whether or not the answer arrives.
  func call(_ name: String, patience: Duration, _ effect: () -> Void) -> CallResult? {
    guard let site = sites[name] else { return nil }
    let deadline = world.now.advanced(by: patience)
    var lastEnd = Instant(nanoseconds: 0)
    let result = site.perform(deadline: deadline, cancellation: stop) { attempt in
      // The fast path looks at the coarse clock, which is up to a tick late.
      if world.now >= deadline.advanced(by: ResilienceWorld.tick) {
        world.checks.broken("deadline", "\(name): an attempt began after its call's deadline")
      }
      let epoch = site.dependency.breakerState == .halfOpen ? world.checks.probeBegan(name) : nil
      let behaviour = world.outside.behaviour(of: name, at: world.now)
      world.wait(behaviour.takes)
      if behaviour.status == .ok || behaviour.status == .timeout { effect() }
      if let epoch { world.checks.probeEnded(name, epoch, isSuccess: behaviour.status == .ok) }
      lastEnd = world.now
      if attempt.number == 1 { world.checks.deposited(name) }
      return CallOutcome(
        behaviour.status, behaviour.status == .throttled ? CallError("", retryAfter: .seconds(2)) : nil)
    }
    if world.now > max(deadline, lastEnd) { world.checks.broken("patience", "\(name) ended late") }
    return result
  }

  private func checkLeaks() {
    for dependency in gate.dependencies {
      let metrics = dependency.metrics()
      if metrics.permitsOut != 0 || metrics.inFlight != 0 || metrics.waiting != 0 {
        world.checks.broken("leak", "\(dependency.key): \(metrics.permitsOut) permits, \(metrics.inFlight) in flight")
      }
    }
  }

  private func checkConverged() {
    for dependency in gate.dependencies where dependency.breakerState != .closed {
      world.checks.broken("convergence", "\(dependency.key) is \(dependency.breakerState)")
    }
    if scope.level != .normal { world.checks.broken("convergence", "the level is \(scope.level)") }
    if queue.firstUncommitted(world.outside.landed) { world.checks.broken("convergence", "the backlog is left") }
    if world.outside.landed < 20 { world.checks.broken("convergence", "only \(world.outside.landed) batches landed") }
  }
}
