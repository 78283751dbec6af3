import HostModel
import HostPolicy

/// How long after the last fault everything is closed, normal and landed at the latest. It follows from the policies:
///
///     late     = the longest attempt that began under the last fault + the longest patience of a call that it began in
///     suspect  = how long an old failure can still count: the window's length, or the calls that make a rate defined
///     opened   = the longest open time: max(cap * (1 + jitter), retry_after, an operator's hold)
///     probing  = probes that close * ask, where ask is the longest time in which nobody asks
///     round    = suspect + opened + probing + recoveryHold + 2 looks
///     bound    = orders + late + 2 * latencyWindow + 2 * round + thinning + 3 * (recoveryHold + 2 looks) + backlog
///
/// A dependency opens at most once more for what is in its window, and is closed with an empty one after that; each level
/// that forbids its calls may delay it by a round, hence two: a sink is only tested once its emergency is over. Latencies
/// are of the last one to two windows. `thinning` is for client-side throttling, which is random: of R wanted calls at
/// least one in R + 1 is sent, so within twenty of its windows none is with a probability of e^-20. The backlog grows by a
/// batch each `Pipeline.pause` until the emergency is over, and is replayed faster than that.
extension ResiliencePlan {
  var bound: Duration {
    let look = ResilienceWorld.look
    let step = degradation.recoveryHold + look * 2
    let round = slowest { suspect($0) + opened($0) + probing($0) } + step
    let thinning = slowest { ($0.gate.throttle?.window ?? .zero) * 20 }
    let calm = ResilienceWorld.orders + Outside.longest + ResilienceLife.longestPatience + latencyWindow * 2 + round * 2
    let emergency = ResilienceWorld.faultsEnd.duration(since: Instant(nanoseconds: 0)) + calm + thinning
    let backlog = emergency / Int(ResilienceLife.pause / ResilienceLife.replayPause) + ResilienceLife.pause * 40
    return calm + thinning + step * 3 + backlog
  }

  private func slowest(_ duration: (DependencyPolicy) -> Duration) -> Duration {
    policies.values.map(duration).max() ?? .zero
  }

  /// A caller asks after its pause; one that waits, after `askAgain`.
  private func ask(_ policy: DependencyPolicy) -> Duration { ResilienceLife.longestPause + policy.gate.askAgain }

  private func suspect(_ policy: DependencyPolicy) -> Duration {
    switch policy.gate.breaker.window {
    case .time(let length, _): length
    case .count: ask(policy) * policy.gate.breaker.minimumCalls
    }
  }

  private func opened(_ policy: DependencyPolicy) -> Duration {
    let breaker = policy.gate.breaker
    let longest = max(breaker.maxOpenDuration, breaker.openDuration) * (100 + breaker.openJitterPercent) / 100
    return max(longest, max(Outside.retryAfter, ResilienceLife.operatorHold))
  }

  private func probing(_ policy: DependencyPolicy) -> Duration {
    switch policy.gate.breaker.halfOpen {
    case .consecutive(let successes): ask(policy) * max(1, successes)
    case .sample(let permits, _): ask(policy) * max(1, permits)
    }
  }
}
