import HostModel
@testable import HostPolicy
import TestSupport
import Testing

@Suite struct RetryModelTests {
  /// What a budget has to hold, by a ledger of everything that went in and out; throws where it is overdrawn.
  private struct Ledger {
    struct Overdrawn: Error {}

    let configuration: RetryBudget.Configuration
    /// In millionths of a retry.
    private var units: Int64
    private var second: Int64 = 0

    init(_ configuration: RetryBudget.Configuration) {
      self.configuration = configuration
      units = Int64(configuration.capacity) * 1_000_000
    }

    private mutating func add(_ amount: Int64) {
      units = min(units + amount, Int64(configuration.capacity) * 1_000_000)
    }

    mutating func called() { add(Int64(configuration.percentOfCalls) * 10_000) }

    mutating func pass(to second: Int64) {
      add((second - self.second) * Int64(configuration.reservePerSecond) * 1_000_000)
      self.second = second
    }

    var pays: Bool { units >= 1_000_000 }

    mutating func retried() throws {
      guard pays else { throw Overdrawn() }
      units -= 1_000_000
    }
  }

  @Test func retriesStayWithinAttemptsDeadlineAndBudget() throws {
    var stops: [RetryStop: Int] = [:]
    try SimulationSeeds.forEach(10_000) { seed in
      var random = SplitMix64(seed: seed)
      let configuration = RetryBudget.Configuration(
        percentOfCalls: Int.random(in: 0...50, using: &random), reservePerSecond: Int.random(in: 0...2, using: &random),
        capacity: Int.random(in: 0...5, using: &random))
      var budget = RetryBudget(configuration, at: at(0))
      var ledger = Ledger(configuration)
      var second: Int64 = 0
      for _ in 0..<20 {
        second += Int64.random(in: 0...2, using: &random)
        budget.callsMade(1)
        ledger.called()
        let most = Int.random(in: 1...5, using: &random)
        let isIdempotent = Int.random(in: 0..<5, using: &random) > 0
        let deadline = second + Int64.random(in: 0...30, using: &random)
        // No jitter and whole seconds, so that the ledger can say when.
        var machine = RetryMachine(
          configuration: RetryConfiguration(
            maxRetries: most, baseDelay: .seconds(1), maxDelay: .seconds(8), jitter: .additive(percent: 0)),
          isIdempotent: isIdempotent, deadline: at(deadline * 1000))
        var attempts = 0
        while true {
          attempts += 1
          let statuses: [Status] = [.transient, .throttled, .timeout, .badRecord, .quotaExhausted, .fatal]
          let status = statuses.randomElement(using: &random) ?? .transient
          let wish: Int64? = status == .throttled ? Int64.random(in: 0...20, using: &random) : nil
          let decision = machine.attemptFailed(
            status, retryAfter: wish.map { .seconds($0) }, at: at(second * 1000), budget: &budget, using: &random)
          ledger.pass(to: second)
          let pause = max(min(1 << Int64(attempts), 8), wish ?? 0)
          let expected: RetryStop? =
            !status.traits.isRetriable
            ? .notRetriable
            : !isIdempotent
              ? .notIdempotent
              : attempts >= most
                ? .attemptsExhausted
                : second + pause >= deadline
                  ? .deadline
                  : !ledger.pays ? .budgetExhausted : nil
          if let expected {
            #expect(decision == .stop(expected), "seed \(seed)")
            stops[expected, default: 0] += 1
            break
          }
          try ledger.retried()
          #expect(decision == .retry(at: at((second + pause) * 1000), delay: .seconds(pause)), "seed \(seed)")
          second += pause
        }
      }
    }
    print("retry model: \(stops.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key.rawValue) \($0.value)" })")
    #expect(stops.count == 5 || SimulationSeeds.first(2).count == 1)
  }

  /// A window against the plain list of all that was recorded.
  @Test func windowsAgreeWithTheListOfAllCalls() throws {
    try SimulationSeeds.forEach(10_000) { seed in
      var random = SplitMix64(seed: seed)
      let buckets = Int.random(in: 1...12, using: &random)
      let capacity = Int.random(in: 1...8, using: &random)
      var time = BreakerTimeWindow(length: .seconds(Int64(buckets)), buckets: buckets, at: at(0))
      var count = BreakerCountWindow(capacity: capacity)
      var all: [(second: Int64, tally: BreakerTally)] = []
      var second: Int64 = 0
      for _ in 0..<40 {
        second += Int64.random(in: 0...3, using: &random)
        let tally = BreakerTally(calls: 1, failures: Int.random(in: 0...1, using: &random), slow: 0)
        time.advance(to: at(second * 1000 + Int64.random(in: 0...999, using: &random)))
        time.record(tally)
        count.record(tally, times: 1)
        all.append((second, tally))
        #expect(time.total == sum(all.filter { second - $0.second < Int64(buckets) }), "seed \(seed)")
        #expect(count.total == sum(all.suffix(capacity)), "seed \(seed)")
      }
    }
  }

  private func sum(_ entries: some Sequence<(second: Int64, tally: BreakerTally)>) -> BreakerTally {
    entries.reduce(into: BreakerTally()) { $0 += $1.tally }
  }
}
