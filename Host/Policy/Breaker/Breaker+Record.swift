package import HostModel

extension Breaker {
  /// The state as it can be kept across a restart.
  package func record(at now: Instant) -> BreakerRecord {
    switch state {
    case .closed(let context), .metricsOnly(let context):
      var window = context.window
      window.advance(to: now)
      return record(
        since: context.since, now: now, tallies: window.exported, consecutive: window.consecutiveFailures)
    case .open(let context):
      return record(since: context.since, now: now, cause: context.cause, until: context.until)
    case .halfOpen(let context):
      return record(since: context.openedSince, now: now, cause: context.openedBy)
    case .forcedOpen(let context), .disabled(let context):
      return record(since: context.since, now: now, cause: .operatorCommand)
    }
  }

  /// A breaker as it was when the record was made, `elapsed` ago. Probes that were out died with their process: a
  /// half-open breaker comes back as an open one whose time has passed.
  package init(
    restoring record: BreakerRecord, elapsed: Duration, _ configuration: BreakerConfiguration, at now: Instant
  ) {
    self.init(restoring: record, elapsed: elapsed, Shared(configuration), at: now)
  }

  init(
    restoring record: BreakerRecord, elapsed: Duration, _ shared: Shared<BreakerConfiguration>, at now: Instant
  ) {
    self.init(shared, at: now)
    let gone = max(.zero, elapsed)
    let since = now.advanced(by: .nanoseconds(-record.sinceNanoseconds)).advanced(by: .zero - gone)
    switch record.state {
    case .closed, .metricsOnly:
      var context = Closed(configuration, at: now.advanced(by: .zero - gone))
      context.window.restore(record.tallies, consecutiveFailures: record.consecutiveFailures)
      context.window.advance(to: now)
      resume(record.state == .closed ? .closed(context) : .metricsOnly(context))
    case .open, .halfOpen:
      let remaining = max(.zero, .nanoseconds(record.remainingNanoseconds) - gone)
      let until = now.advanced(by: remaining)
      let cause = record.cause ?? .operatorCommand
      resume(.open(Open(since: since, until: until, cause: cause, openings: max(1, record.openings))))
    case .forcedOpen:
      resume(.forcedOpen(Held(since: since)))
    case .disabled:
      resume(.disabled(Held(since: since)))
    }
  }

  private func record(
    since: Instant, now: Instant, cause: BreakerCause? = nil, until: Instant? = nil,
    tallies: [BreakerRecord.AgedTally] = [], consecutive: Int = 0
  ) -> BreakerRecord {
    let remaining = until.map { max(.zero, $0.duration(since: now)) } ?? .zero
    return BreakerRecord(
      state: stateName, cause: cause, sinceNanoseconds: now.duration(since: since).wholeNanoseconds,
      remainingNanoseconds: remaining.wholeNanoseconds, openings: openings, consecutiveFailures: consecutive,
      tallies: tallies)
  }
}
