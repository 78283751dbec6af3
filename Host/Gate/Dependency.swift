import HostModel
import HostPolicy
import Synchronization

/// One dependency behind the gate: the pure machine, the lock around it, and the call sites that bypass both while all
/// is well.
///
/// Any thread. The lock is held for the mutation alone: no call, no wait and no sink runs under it.
package final class Dependency: Sendable {
  struct State: Sendable {
    var machine: GateMachine<SplitMix64>
    var sites: [SiteCore] = []
    /// The latencies of sites that are gone.
    var latencies = LatencyHistogram()
    /// What the dependency last said of a failure.
    var lastFailure: LastFailure?
    /// Wakes the calls that wait for a slot.
    var wakers: [Bulkhead.Ticket: Cancellation] = [:]
    /// Who makes calls, or has made some; one for each pipeline.
    var uses: [DependencyUse] = []
  }

  package let key: DependencyKey
  let environment: GateEnvironment
  private let state: Mutex<State>
  /// Whether calls wait for a slot.
  private let hasWaiting = Atomic<Bool>(false)

  init(_ key: DependencyKey, _ settings: GateSettings, _ environment: GateEnvironment) {
    self.key = key
    self.environment = environment
    // Each dependency has its own sequence of random numbers, whatever order they were made in.
    let seed = environment.seed ^ UInt64(bitPattern: SourceID(derivedFrom: key.description).value)
    let machine = GateMachine(settings, at: environment.clock.now(), generator: SplitMix64(seed: seed))
    state = Mutex(State(machine: machine))
  }

  /// Folds what the sites have counted into the machine, changes it, lets the sites know, and then tells the sink.
  func withMachine<Result: Sendable>(
    onBehalfOf origin: CallOrigin? = nil, _ body: (inout State, Instant) -> (Result, [GateOccurrence])
  ) -> Result {
    let (result, events, granted) = state.withLock { state -> (Result, [GateEvent], [Cancellation]) in
      let now = environment.clock.now()
      state.fold()
      let (result, occurrences) = body(&state, now)
      let granted = state.machine.takeGrants().compactMap { state.wakers.removeValue(forKey: $0) }
      publish(&state, at: now)
      let audience = state.machine.configuration.audience
      let events = occurrences.map {
        environment.event(.dependency(key, $0), origin: origin, audience: audience, at: now)
      }
      return (result, events, granted)
    }
    for waker in granted { waker.cancel() }
    environment.emit(events)
    return result
  }

  /// Reads the machine, with all that the sites have counted, and changes nothing that they would have to know.
  func look<Result: Sendable>(_ body: (borrowing State, Instant) -> Result) -> Result {
    state.withLock { state in
      state.fold()
      return body(state, environment.clock.now())
    }
  }

  /// Whether the next tick should not leave it out.
  var isInHurry: Bool { hasWaiting.load(ordering: .relaxed) }

  /// Brings the sites' words up to date: the breaker's generation, the levels, whether to time.
  private func publish(_ state: inout State, at now: Instant) {
    let timed = state.machine.configuration.needsTimes || !environment.isTicking.load(ordering: .acquiring)
    // While calls wait for slots, every call asks, or those that hold a lease would overtake them for ever.
    hasWaiting.store(state.machine.hasWaiting, ordering: .relaxed)
    let admitsAll = state.machine.admitsAll(at: now)
    for site in state.sites {
      let level = level(of: site)
      let word = SiteWord(
        admits: admitsAll && level <= site.terms.lastLevel, timed: timed,
        mode: DegradationMatrix.mode(of: site.terms.feature, at: level),
        generation: state.machine.breaker.generation)
      guard site.word.emptied != word else { continue }
      state.count(site.publish(word))
    }
  }

  func level(of site: SiteCore) -> DegradationLevel {
    .effective(platform: environment.platform.level, pipeline: site.pipeline.level)
  }

  func add(_ site: SiteCore) {
    withMachine { state, _ in
      state.sites.append(site)
      site.tune(nil, state.machine.configuration)
      state.note(DependencyUse(site))
      return ((), [])
    }
  }

  func remove(_ site: SiteCore) {
    withMachine { state, _ in
      if site.reclaimLease() { state.machine.slotReleased() }
      site.addLatencies(to: &state.latencies)
      state.sites = state.sites.filter { $0 !== site }
      return ((), [])
    }
  }
}

extension Dependency.State {
  mutating func note(_ outcome: CallOutcome, wallTime: WallTime) {
    guard outcome.status.traits.countsAgainstBreaker else { return }
    lastFailure = LastFailure(status: outcome.status, message: outcome.error?.message, at: wallTime)
  }

  mutating func note(_ use: DependencyUse) {
    if let known = uses.firstIndex(where: { $0.scope === use.scope }) {
      uses[known] = use
    } else {
      uses.append(use)
    }
  }

  /// Tells the machine of the successes that the sites have counted.
  mutating func fold() {
    for site in sites where site.word.count > 0 { count(site.harvest()) }
  }

  mutating func count(_ harvested: SiteWord) {
    guard harvested.count > 0 else { return }
    machine.callsSucceeded(harvested.count, generation: harvested.generation(near: machine.breaker.generation))
  }

  /// Takes idle leases back while the bulkhead is full.
  mutating func reclaimLeases() {
    for site in sites where machine.bulkhead.isFull {
      if site.reclaimLease() { machine.slotReleased() }
    }
  }
}
