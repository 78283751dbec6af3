import HostModel
import HostPolicy

/// Replays a trace: the gate's machines and the level's controller on a virtual clock that jumps from event to event.
///
/// Events of the same time happen in the order in which they were scheduled, so a file has one timeline. The level is
/// judged once a second and after every step, like the host judges it.
package struct TraceReplay {
  private enum Event {
    case step(Int)
    /// A call begins, or asks again.
    case ask(Int)
    case attemptEnds(Int, GatePermit, Status, retryAfter: Duration?, took: Duration)
    case judge
  }

  private struct Scheduled {
    let at: Instant
    let number: Int
    let event: Event
  }

  private struct Call {
    let to: String
    let origin: Int
    var machine: GateCall
    var outcome: Character = "?"
    /// What an event of another process's call would be told to: nobody.
    let life: Int
  }

  private struct Target {
    let operation: OperationClass
    let terms: CallTerms
    var machine: GateMachine<SplitMix64>
    var latencies = LatencyHistogram()
    var baseline: LatencyBaseline
    /// Results that were used up, by step.
    var used: [Int: Int] = [:]
  }

  private let file: TraceFile
  private let degradation: DegradationConfiguration
  private var targets: [String: Target] = [:]
  private var calls: [Call] = []
  private var agenda: [Scheduled] = []
  private var scheduled = 0
  private var now = Instant(nanoseconds: 0)
  private var machine = MachineSignal()
  private var controller: DegradationController
  private var scope = DegradationScope()
  private var life = 0
  private var result = TraceResult()

  private init(_ file: TraceFile) {
    self.file = file
    degradation = file.policy.degradation.configuration
    controller = DegradationController(degradation)
  }

  package static func run(_ file: TraceFile) -> TraceResult {
    var replay = TraceReplay(file)
    for number in file.trace.indices {
      replay.schedule(.step(number), at: replay.instant(file.trace[number].at))
      if case .calls(let calls) = file.trace[number].event { replay.prepare(calls.to) }
    }
    replay.schedule(.judge, at: replay.now)
    replay.run(until: file.until.map(replay.instant))
    return replay.finished()
  }

  private func instant(_ offset: Duration) -> Instant { Instant(nanoseconds: offset.wholeNanoseconds) }
  private var elapsed: Duration { .nanoseconds(now.nanoseconds) }

  private mutating func schedule(_ event: Event, at time: Instant) {
    scheduled += 1
    let entry = Scheduled(at: max(time, now), number: scheduled, event: event)
    let place = agenda.firstIndex { ($0.at, $0.number) > (entry.at, entry.number) } ?? agenda.count
    agenda.insert(entry, at: place)
  }

  /// - Parameter end: nil for the end of the last call.
  private mutating func run(until end: Instant?) {
    while let next = agenda.first, end.map({ next.at <= $0 }) ?? hasWork {
      agenda.removeFirst()
      now = next.at
      happen(next.event)
    }
  }

  /// Whether anything is still to happen but looking at the level.
  private var hasWork: Bool {
    agenda.contains { if case .judge = $0.event { false } else { true } }
  }

  private mutating func happen(_ event: Event) {
    switch event {
    case .step(let number):
      take(file.trace[number].event, step: number)
      judge()
    case .ask(let call): ask(call)
    case .attemptEnds(let call, let permit, let status, let retryAfter, let took):
      end(call, permit, status, retryAfter: retryAfter, took: took)
    case .judge:
      for name in targets.keys.sorted() { tell(name, targets[name]?.machine.timePassed(to: now) ?? []) }
      judge()
      schedule(.judge, at: now.advanced(by: .seconds(1)))
    }
  }

  private mutating func finished() -> TraceResult {
    for name in targets.keys {
      result.outcomes[name] = String(calls.filter { $0.to == name }.map(\.outcome))
    }
    return result
  }

  // MARK: Steps

  private mutating func take(_ event: TraceStep.Event, step: Int) {
    switch event {
    case .calls(let wanted):
      for number in 0..<wanted.count {
        let terms = target(wanted.to).terms
        calls.append(
          Call(to: wanted.to, origin: step, machine: GateCall(terms, deadline: .distantFuture), life: life))
        let begins = now.advanced(by: .nanoseconds(wanted.every.wholeNanoseconds * Int64(number)))
        schedule(.ask(calls.count - 1), at: begins)
      }
    case .machine(let measured): machine = measured.signal
    case .pin(let level): tell(scope.pinned(to: level.level))
    case .command(let command):
      prepare(command.to)
      tell(command.to, targets[command.to]?.machine.commanded(command.order.command, at: now) ?? [])
    case .restart(let away): restart(after: away)
    }
  }

  private mutating func prepare(_ name: String) {
    guard targets[name] == nil else { return }
    let stated = file.dependencies[name] ?? TraceDependency()
    let operation = stated.operation.operation
    // Calls of a trace are made at every level: what a level forbids is the pipeline's to show.
    let terms = CallTerms(
      .dataIngestion, variant: operation == .fileUpload ? .passThrough : .buffer,
      retry: file.policy.retry(operation), isIdempotent: stated.isIdempotent, timeout: file.policy.timeout(operation),
      breakerWait: file.policy.breaker.maxWait ?? .zero)
    targets[name] = Target(
      operation: operation, terms: terms, machine: makeMachine(name), baseline: LatencyBaseline(at: now))
  }

  private func makeMachine(_ name: String) -> GateMachine<SplitMix64> {
    let seed = UInt64(bitPattern: file.seed ^ SourceID(derivedFrom: name).value)
    return GateMachine(file.policy.gate, at: now, generator: SplitMix64(seed: seed))
  }

  private func target(_ name: String) -> Target {
    guard let target = targets[name] else { preconditionFailure("a step names a dependency that was not prepared") }
    return target
  }

  /// Calls that were under way died with their process.
  private mutating func restart(after away: Duration) {
    life += 1
    for name in targets.keys.sorted() {
      let record = target(name).machine.breaker.record(at: now)
      var machine = makeMachine(name)
      machine.restored(record, elapsed: .zero, at: now)
      targets[name]?.machine = machine
      targets[name]?.baseline = LatencyBaseline(at: now)
      targets[name]?.latencies = LatencyHistogram()
    }
    controller = DegradationController(degradation, level: controller.level, reason: controller.reason)
    // While the process is away nothing is judged and nothing is called: what was due happens when it is back.
    let back = now.advanced(by: away)
    agenda = agenda.map { entry in
      if case .step = entry.event { return entry }
      return Scheduled(at: max(entry.at, back), number: entry.number, event: entry.event)
    }.sorted { ($0.at, $0.number) < ($1.at, $1.number) }
  }

  // MARK: Calls

  private mutating func ask(_ number: Int) {
    guard calls[number].life == life || calls[number].machine.attempts == 0 else { return lose(number) }
    let name = calls[number].to
    guard
      let step = targets[name]?.machine.attemptRequested(
        &calls[number].machine, level: scope.level, isCancelled: false, at: now)
    else { return }
    tell(name, step.occurrences)
    act(step.action, number)
  }

  private mutating func act(_ action: GateAction, _ number: Int) {
    switch action {
    case .wait(let until), .queue(_, let until): schedule(.ask(number), at: until)
    case .finish(let conclusion): calls[number].outcome = conclusion.letter
    case .invoke(let permit, _, _, _):
      let (status, calls) = answer(number)
      let event = Event.attemptEnds(number, permit, status, retryAfter: calls.retryAfter, took: calls.takes)
      schedule(event, at: now.advanced(by: calls.takes))
    }
    wakeGranted(calls[number].to)
  }

  /// What the dependency says to the next attempt.
  private mutating func answer(_ number: Int) -> (Status, TraceCalls) {
    let (name, step) = (calls[number].to, calls[number].origin)
    guard case .calls(let wanted) = file.trace[step].event else { preconditionFailure("a call of no step of calls") }
    let used = targets[name]?.used[step, default: 0] ?? 0
    targets[name]?.used[step] = used + 1
    return (wanted.results[min(used, wanted.results.count - 1)], wanted)
  }

  private mutating func end(
    _ number: Int, _ permit: GatePermit, _ status: Status, retryAfter: Duration?, took: Duration
  ) {
    guard calls[number].life == life else { return lose(number) }
    let name = calls[number].to
    targets[name]?.latencies.record(took)
    guard
      let step = targets[name]?.machine.attemptEnded(
        &calls[number].machine, permit, status: status, retryAfter: retryAfter, latency: took, at: now)
    else { return }
    tell(name, step.occurrences)
    act(step.action, number)
  }

  private mutating func lose(_ number: Int) { calls[number].outcome = "F" }

  /// Calls whose turn at the bulkhead has come ask now instead of when their wait ends.
  private mutating func wakeGranted(_ name: String) {
    for ticket in targets[name]?.machine.takeGrants() ?? [] {
      guard let waiting = calls.firstIndex(where: { $0.machine.ticket == ticket && $0.to == name }) else { continue }
      agenda.removeAll { if case .ask(waiting) = $0.event { true } else { false } }
      schedule(.ask(waiting), at: now)
    }
  }

  // MARK: The level

  private mutating func judge() {
    var signals = DegradationSignals(machine: machine)
    for name in targets.keys.sorted() { signals.dependencies.append(signal(name)) }
    let conditions = DegradationRules.conditions(signals, degradation)
    guard let decision = controller.observed(conditions, at: now) else { return }
    tell(
      scope.levelReported(decision.level, cause: decision.condition.cause, evidence: decision.condition.evidence))
  }

  private mutating func signal(_ name: String) -> DependencySignal {
    var target = target(name)
    let latency = target.baseline.observed(target.latencies, degradation, at: now)
    targets[name] = target
    return DependencySignal(
      name, role: target.operation.role, isUnavailable: target.machine.breaker.rejection?.isFinal(at: now) ?? false,
      p95: latency?.p95,
      baseline: latency?.baseline, calls: latency?.calls ?? 0, timeout: target.terms.timeout)
  }

  // MARK: The timeline

  private mutating func tell(_ change: DegradationScope.Change?) {
    guard let change else { return }
    add(.level, [("level", change.to.name), ("from", change.from.name), ("cause", change.cause.rawValue)])
  }

  private mutating func tell(_ name: String, _ occurrences: [GateOccurrence]) {
    for occurrence in occurrences {
      switch occurrence {
      case .breaker(let moved):
        add(
          .breaker,
          [("breaker", name), ("from", moved.from.rawValue), ("to", moved.to.rawValue), ("cause", moved.cause.name)])
      case .retry(_, let delay, let status):
        add(.retry, [("retry", name), ("cause", status.name), ("delay", delay.wholeMilliseconds)])
      case .waiting(let cause, _): add(.waiting, [("waiting", name), ("cause", cause.kind.name)])
      case .rejected(let cause, _): add(.rejected, [("rejected", name), ("cause", cause.kind.name)])
      case .budgetExhausted: add(.rejected, [("rejected", name), ("cause", "budget_exhausted")])
      }
    }
  }

  private mutating func add(_ kind: TraceFile.Watched, _ members: [(String, String)]) {
    guard file.watch.contains(kind) else { return }
    result.timeline.append(TimelineEvent(kind, at: elapsed, members))
  }

}

extension GateConclusion {
  /// How a call ended, as `outcomes` of a trace file writes it.
  fileprivate var letter: Character {
    switch self {
    case .ended(.ok, _), .ended(.endOfStream, _): "S"
    case .ended: "F"
    case .rejected: "R"
    case .cancelled, .deadlineExceeded: "D"
    }
  }
}

extension TraceStep.Level {
  fileprivate var level: DegradationLevel? {
    switch self {
    case .normal: .normal
    case .level1: .level1
    case .level2: .level2
    case .emergency: .emergency
    case .release: nil
    }
  }
}
