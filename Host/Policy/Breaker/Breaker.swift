package import HostModel

/// A circuit breaker for one dependency.
///
/// It is asked for a permit before a call and told how the call ended. Results are counted in a window; when a trigger
/// fires it opens and refuses calls for a time, then lets probes through, and their results close or reopen it.
///
/// A permit carries the generation of the state that gave it; every transition begins a new one, and a result of an
/// earlier generation is counted nowhere: what a call that began before the outage says about the time after it is
/// nothing. Time is an argument, and an open breaker turns half-open when it is next asked, not by itself.
package struct Breaker: Sendable {
  /// Contexts can only be built from the state before, so that what must survive a transition does.
  enum State: Sendable {
    /// Calls pass and are counted. Can go to open.
    case closed(Closed)
    /// Calls are refused until an instant. Can go to half-open, by the next call after it.
    case open(Open)
    /// Probes pass. Can go to closed or to open.
    case halfOpen(HalfOpen)
    /// Refuses everything until an operator says otherwise.
    case forcedOpen(Held)
    /// Lets everything pass and counts nothing, until an operator says otherwise.
    case disabled(Held)
    /// Lets everything pass and counts, until an operator says otherwise.
    case metricsOnly(Closed)
  }

  package struct Acquisition: Sendable, Equatable {
    package enum Answer: Sendable, Equatable {
      case permitted(BreakerPermit)
      case rejected(BreakerRejection)
    }
    package let answer: Answer
    package let transition: BreakerTransition?
  }

  private var shared: Shared<BreakerConfiguration>
  package var configuration: BreakerConfiguration { shared.value }
  /// Counts transitions.
  package private(set) var generation: UInt64 = 0
  private(set) var state: State

  package init(_ configuration: BreakerConfiguration, at now: Instant) {
    self.init(Shared(configuration), at: now)
  }

  init(_ shared: Shared<BreakerConfiguration>, at now: Instant) {
    self.shared = shared
    state = .closed(Closed(shared.value, at: now))
  }

  /// Goes on with another configuration. The state and its generation stay: an open breaker is open until it was to be, and
  /// what the window has counted still counts, where the new window looks back on it.
  mutating func reconfigured(_ next: Shared<BreakerConfiguration>, at now: Instant) {
    let before = shared.value.window
    shared = next
    switch state {
    case .closed(var context):
      context.window.resize(from: before, to: next.value.window, at: now)
      state = .closed(context)
    case .metricsOnly(var context):
      context.window.resize(from: before, to: next.value.window, at: now)
      state = .metricsOnly(context)
    case .open, .halfOpen, .forcedOpen, .disabled: break
    }
  }

  package var stateName: BreakerStateName {
    switch state {
    case .closed: .closed
    case .open: .open
    case .halfOpen: .halfOpen
    case .forcedOpen: .forcedOpen
    case .disabled: .disabled
    case .metricsOnly: .metricsOnly
    }
  }

  /// Whether every call is let through, so that a permit needs no question.
  package var admitsAll: Bool {
    switch state {
    case .closed, .disabled, .metricsOnly: true
    case .open, .halfOpen, .forcedOpen: false
    }
  }

  /// The window's counts; empty in states that have none.
  package var tally: BreakerTally {
    switch state {
    case .closed(let context), .metricsOnly(let context): context.window.total
    case .open, .halfOpen, .forcedOpen, .disabled: BreakerTally()
    }
  }

  /// What a call is told that is refused now; nil in states that let all calls pass.
  package var rejection: BreakerRejection? {
    switch state {
    case .closed, .disabled, .metricsOnly: nil
    case .open(let context): context.rejection()
    case .halfOpen(let context): context.rejection(configuration)
    case .forcedOpen(let held): held.rejection()
    }
  }

  /// Probes that are out; 0 unless half-open.
  package var probesInFlight: Int {
    guard case .halfOpen(let context) = state else { return 0 }
    return context.inFlight
  }

  mutating func enter(_ next: State, cause: BreakerCause) -> BreakerTransition {
    let before = stateName
    state = next
    generation += 1
    var retryAt: Instant?
    if case .open(let context) = next { retryAt = context.until }
    return BreakerTransition(from: before, to: stateName, cause: cause, retryAt: retryAt)
  }

  /// Replaces the context of the present state; not a transition.
  mutating func update(_ context: State) { state = context }

  /// For a record that is restored, which is not a transition either: no permit is out yet.
  mutating func resume(_ state: State) { self.state = state }
}
