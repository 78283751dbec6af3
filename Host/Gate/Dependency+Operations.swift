import HostModel
package import HostPolicy

extension Dependency {
  /// An operator's word, or the runtime's that the instance is lost.
  package func command(_ command: Breaker.Command) {
    withMachine { state, now in ((), state.machine.commanded(command, at: now)) }
  }

  /// Whether only so many calls may be in flight at once.
  package var limitsCalls: Bool { look { state, _ in state.machine.bulkhead.limit != nil } }

  package var configuration: GateConfiguration { withMachine { state, _ in (state.machine.configuration, []) } }

  /// Goes on by another policy, from the next call on. No call is lost or refused for it.
  ///
  /// - Parameters:
  ///   - tuning: what the policy says of the pipeline's calls, by class of operation.
  package func reconfigure(
    _ settings: GateSettings, pipeline: LevelScope, tuning: (OperationClass) -> CallTuning
  ) {
    withMachine { state, now in
      // A lease is a slot of the old bulkhead: all go back before the new one counts.
      for site in state.sites where site.reclaimLease() { state.machine.slotReleased() }
      state.machine.reconfigured(settings, at: now)
      for site in state.sites {
        site.tune(site.pipeline === pipeline ? tuning(site.operation) : nil, settings.configuration)
      }
      return ((), [])
    }
  }

  /// The pipelines that call it.
  package var uses: [DependencyUse] { withMachine { state, _ in (state.uses, []) } }

  package var breakerState: BreakerStateName { withMachine { state, _ in (state.machine.breaker.stateName, []) } }

  /// The breaker as it can be kept across a restart.
  package func record() -> BreakerRecord { look { state, now in state.machine.breaker.record(at: now) } }

  /// Takes over a kept breaker, before the first call. `elapsed` is the wall time since the record was made.
  package func restore(_ record: BreakerRecord, lastFailure: LastFailure? = nil, elapsed: Duration) {
    withMachine { state, now in
      state.lastFailure = lastFailure
      state.machine.restored(record, elapsed: elapsed, at: now)
      return ((), [])
    }
  }

  /// Moves time: the window's buckets, an overdue probe, what has gathered to be told.
  func tick() {
    withMachine { state, now in
      // A lease that lies idle while calls wait goes to the first of them.
      if state.machine.hasWaiting { state.reclaimLeases() }
      return ((), state.machine.timePassed(to: now))
    }
  }

  /// Lets the sites know of a changed level.
  func refresh() { withMachine { _, _ in ((), []) } }

  package func metrics() -> DependencyMetrics {
    withMachine { state, _ in
      var latencies = state.latencies
      for site in state.sites { site.addLatencies(to: &latencies) }
      let idle = state.sites.count { $0.hasIdleLease }
      let machine = state.machine
      let metrics = DependencyMetrics(
        key: key, counters: machine.counters, breaker: machine.breaker.stateName, window: machine.breaker.tally,
        lastFailure: state.lastFailure, waiting: machine.bulkhead.waitingCount,
        inFlight: max(0, machine.bulkhead.inFlight - idle), permitsOut: machine.permitsOut,
        retryBudget: machine.budget.balance, rejection: machine.breaker.rejection, latencies: latencies)
      return (metrics, [])
    }
  }
}
