import HostModel
@testable import HostPolicy
import TestSupport
import Testing

/// Random events against a small model that knows nothing of buckets, contexts and tallies: it keeps every result with
/// its time and counts them anew for each question.
@Suite struct BreakerModelTests {
  struct Model {
    enum Mode: Equatable { case closed, open(until: Int64), halfOpen, forcedOpen, disabled, metricsOnly }
    var mode = Mode.closed
    var results: [(second: Int64, failed: Bool, slow: Bool)] = []
    var inARow = 0
    var openings = 0
    var epoch = 0
    /// Milliseconds at which the outstanding probe left.
    var probe: Int64?

    mutating func enter(_ mode: Mode) {
      self.mode = mode
      (results, inARow, probe, epoch) = ([], 0, nil, epoch + 1)
    }

    mutating func open(at now: Int64, retryAfter: Int64) {
      openings += 1
      var length: Int64 = 5_000
      for _ in 1..<max(openings, 2) where openings > 1 { length = min(length * 2, 20_000) }
      enter(.open(until: now + max(length, retryAfter)))
    }

    /// Whether a call goes ahead.
    mutating func ask(_ now: Int64) -> Bool {
      if case .open(let until) = mode, now >= until { enter(.halfOpen) }
      switch mode {
      case .closed, .disabled, .metricsOnly: return true
      case .open, .forcedOpen: return false
      case .halfOpen:
        if let left = probe {
          if now >= left + 7_000 { open(at: now, retryAfter: 0) }
          return false
        }
        probe = now
        return true
      }
    }

    mutating func end(_ now: Int64, epoch: Int, failed: Bool, slow: Bool, isIgnored: Bool, retryAfter: Int64) {
      guard epoch == self.epoch else { return }
      if mode == .halfOpen {
        probe = nil
        if isIgnored { return }
        if failed {
          open(at: now, retryAfter: retryAfter)
          return
        }
        inARow += 1
        if inARow == 3 {
          openings = 0
          enter(.closed)
        }
        return
      }
      guard mode == .closed || mode == .metricsOnly, !isIgnored else { return }
      results.append((now / 1000, failed, slow))
      if mode == .closed, trips(now) { open(at: now, retryAfter: failed ? retryAfter : 0) }
    }

    func window(_ now: Int64) -> [(second: Int64, failed: Bool, slow: Bool)] {
      results.filter { $0.second > now / 1000 - 10 }
    }

    func trips(_ now: Int64) -> Bool {
      let window = window(now)
      let failed = window.count { $0.failed }
      let slow = window.count { $0.slow }
      if failed >= 5 { return true }
      guard window.count >= 4 else { return false }
      return Double(failed) / Double(window.count) >= 0.6 || Double(slow) / Double(window.count) >= 0.75
    }
  }

  private static var configuration: BreakerConfiguration {
    var configuration = BreakerConfiguration()
    configuration.window = .time(length: .seconds(10), buckets: 10)
    configuration.failurePercent = 60
    configuration.slowPercent = 75
    configuration.minimumCalls = 4
    configuration.openDuration = .seconds(5)
    configuration.openGrowth = 2
    configuration.maxOpenDuration = .seconds(20)
    configuration.halfOpenLimit = .seconds(7)
    return configuration
  }

  @Test func breakerAndModelAgree() throws {
    try SimulationSeeds.forEach(10_000) { seed in agree(seed, steps: seed <= 60 ? 600 : 60) }
  }

  private func agree(_ seed: UInt64, steps: Int) {
    var random = SplitMix64(seed: seed)
    var breaker = Breaker(Self.configuration, at: at(0))
    var model = Model()
    var out: [(permit: BreakerPermit, epoch: Int)] = []
    var now: Int64 = 0
    // Some seeds are mostly healthy, some mostly not, so that every state is long-lived in some.
    let failurePercent = Int.random(in: 0...100, using: &random)
    for step in 0..<steps {
      now += Int64.random(in: 0...(step % 50 == 0 ? 30_000 : 900), using: &random)
      switch Int.random(in: 0..<100, using: &random) {
      case 0..<50:
        let permit = breaker.take(at(now))
        let goes = model.ask(now)
        #expect((permit != nil) == goes, "seed \(seed) step \(step)")
        if let permit { out.append((permit, model.epoch)) }
      case 50..<94 where !out.isEmpty:
        let (permit, epoch) = out.remove(at: Int.random(in: 0..<out.count, using: &random))
        let isIgnored = Int.random(in: 0..<20, using: &random) == 0
        let failed = Int.random(in: 0..<100, using: &random) < failurePercent
        let slow = Int.random(in: 0..<4, using: &random) == 0
        let wish = Int64.random(in: 0..<10, using: &random) == 0 ? Int64(15_000) : 0
        let broken = BreakerVerdict.failure(.transient, retryAfter: .milliseconds(wish))
        breaker.end(permit, isIgnored ? .ignored : failed ? broken : .success, slow: slow, at(now))
        model.end(now, epoch: epoch, failed: failed, slow: slow, isIgnored: isIgnored, retryAfter: wish)
      case 94: command(.close, .closed, &breaker, &model, now)
      case 95 where seed % 3 == 0: command(.forceOpen, .forcedOpen, &breaker, &model, now)
      case 96 where seed % 3 == 1: command(.disable, .disabled, &breaker, &model, now)
      case 97 where seed % 3 == 2: command(.countOnly, .metricsOnly, &breaker, &model, now)
      default:
        breaker.pass(at(now))
        if model.mode == .halfOpen, let left = model.probe, now >= left + 7_000 { model.open(at: now, retryAfter: 0) }
      }
      #expect(Self.name(model.mode) == breaker.stateName, "seed \(seed) step \(step)")
      #expect(breaker.probesInFlight == (model.probe == nil ? 0 : 1), "seed \(seed) step \(step)")
    }
    // The world is empty: every permit comes back, and none is left out.
    for (permit, _) in out { breaker.end(permit, .ignored, at(now)) }
    #expect(breaker.probesInFlight == 0)
  }

  private func command(
    _ command: Breaker.Command, _ mode: Model.Mode, _ breaker: inout Breaker, _ model: inout Model, _ now: Int64
  ) {
    breaker.tell(command, at(now))
    if model.mode != mode {
      model.openings = 0
      model.enter(mode)
    }
  }

  private static func name(_ mode: Model.Mode) -> BreakerStateName {
    switch mode {
    case .closed: .closed
    case .open: .open
    case .halfOpen: .halfOpen
    case .forcedOpen: .forcedOpen
    case .disabled: .disabled
    case .metricsOnly: .metricsOnly
    }
  }
}
