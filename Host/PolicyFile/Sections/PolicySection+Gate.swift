package import HostPolicy

extension PolicySection {
  /// The gate's settings for one dependency: what is stated here over the gate's own defaults.
  package var gate: GateConfiguration {
    var gate = GateConfiguration()
    breaker.apply(to: &gate.breaker)
    gate.audience = breaker.onStateChange?.map(\.value)
    // A test call has the time that any call has.
    gate.breaker.halfOpenLimit = breaker.halfOpen?.limit ?? max(gate.breaker.halfOpenLimit, longestTimeout)
    let standard = RetryBudget.Configuration()
    gate.budget = RetryBudget.Configuration(
      percentOfCalls: retryBudget.percentOfCalls ?? standard.percentOfCalls,
      reservePerSecond: retryBudget.reservePerSecond ?? standard.reservePerSecond,
      capacity: retryBudget.capacity ?? standard.capacity)
    gate.maxInFlight = bulkhead.maxInFlight
    gate.maxWait = bulkhead.maxWait ?? gate.maxWait
    gate.maxWaiting = bulkhead.maxWaiting ?? gate.maxWaiting
    gate.throttle = throttling?.configuration
    gate.adaptive = adaptiveConcurrency?.configuration
    // A call that moves a batch costs far more than its two time stamps, and the levels need all latencies.
    gate.timesEveryCall = true
    return gate
  }

  /// How long a call waits for an open breaker. Two open times unless stated: a run that begins while a dependency
  /// recovers, or a breaker of the run before is still open, goes on by itself.
  package var breakerWait: Duration { breaker.maxWait ?? .seconds(60) }

  /// How long a stage waits for a level at which it works. Long: a pipeline that waits loses nothing.
  package var levelWait: Duration { degradation.maxWait ?? .seconds(3600) }

  /// The retry rule of an operation: what is stated here over the specification's row.
  package func retry(_ operation: OperationClass) -> RetryConfiguration {
    let rule: RetryRule =
      switch operation {
      case .apiCall: retry.apiCall
      case .dbQuery: retry.dbQuery
      case .llmInference: retry.llmInference
      case .cdcEvent: retry.cdcEvent
      case .fileUpload: retry.fileUpload
      }
    let standard = operation.retry
    return RetryConfiguration(
      maxRetries: rule.maxRetries ?? standard.maxRetries, baseDelay: rule.baseDelay ?? standard.baseDelay,
      maxDelay: rule.maxDelay ?? standard.maxDelay, jitter: rule.jitter?.policy ?? standard.jitter)
  }

  private var longestTimeout: Duration { OperationClass.allCases.map(timeout).max() ?? .zero }

  /// The longest that one attempt may take; 5 minutes unless stated, since a batch may wait for a slow query.
  package func timeout(_ operation: OperationClass) -> Duration {
    let stated: Duration? =
      switch operation {
      case .apiCall: deadlines.apiCall
      case .dbQuery: deadlines.dbQuery
      case .llmInference: deadlines.llmInference
      case .cdcEvent: deadlines.cdcEvent
      case .fileUpload: deadlines.fileUpload
      }
    return stated ?? .seconds(300)
  }
}

extension ThrottlingSection {
  fileprivate var configuration: ClientThrottle.Configuration {
    let standard = ClientThrottle.Configuration()
    return ClientThrottle.Configuration(
      multiplier: multiplier ?? standard.multiplier, window: window ?? standard.window,
      minimumRequests: minimumCalls ?? standard.minimumRequests)
  }
}

extension HedgingSection {
  package var policy: HedgePolicy {
    let standard = HedgePolicy()
    return HedgePolicy(
      percentile: percentile.map(Double.init) ?? standard.percentile, minDelay: minDelay ?? standard.minDelay,
      minimumSamples: minimumCalls ?? standard.minimumSamples, maxHedges: maxHedges ?? standard.maxHedges)
  }
}

extension AdaptiveSection {
  fileprivate var configuration: AdaptiveLimit.Configuration {
    let standard = AdaptiveLimit.Configuration()
    return AdaptiveLimit.Configuration(
      minimum: minimum ?? standard.minimum, initial: initial ?? standard.initial, maximum: maximum ?? standard.maximum,
      tolerance: tolerance ?? standard.tolerance)
  }
}

extension DegradationSection {
  /// What is stated here over the specification's and our own defaults.
  package var configuration: DegradationConfiguration {
    var result = DegradationConfiguration()
    result.latencyFactor = latencyFactor ?? result.latencyFactor
    result.latencyDeadlinePercent = latencyDeadline ?? result.latencyDeadlinePercent
    result.latencyHold = latencyHold ?? result.latencyHold
    result.cpuPercent = cpu ?? result.cpuPercent
    result.memoryPercent = memory ?? result.memoryPercent
    result.queueDepth = queueDepth ?? result.queueDepth
    result.computeHold = computeHold ?? result.computeHold
    result.failingDependencies = failingDependencies ?? result.failingDependencies
    result.diskFreeBytes = diskFree?.bytes ?? result.diskFreeBytes
    result.failureHold = failureHold ?? result.failureHold
    result.recoveryHold = recoveryHold ?? result.recoveryHold
    return result
  }
}

extension RetryRule.Jitter {
  fileprivate var policy: RetryConfiguration.Jitter {
    switch self {
    case .additive: .additive(percent: 10)
    case .full: .full
    case .decorrelated: .decorrelated
    case .none: .additive(percent: 0)
    }
  }
}

extension BreakerSection {
  /// Zero switches a trigger off.
  private func trigger(_ stated: Int?, _ standard: Int?) -> Int? {
    guard let stated else { return standard }
    return stated == 0 ? nil : stated
  }

  fileprivate func apply(to breaker: inout BreakerConfiguration) {
    breaker.failureThreshold = trigger(failureThreshold, breaker.failureThreshold)
    breaker.failurePercent = trigger(failureRateThreshold, breaker.failurePercent)
    breaker.slowPercent = trigger(slowCallRateThreshold, breaker.slowPercent)
    breaker.consecutiveFailures = trigger(consecutiveFailures, breaker.consecutiveFailures)
    breaker.minimumCalls = minimumCalls ?? breaker.minimumCalls
    breaker.slowDuration = slowCallDuration ?? breaker.slowDuration
    if let windowCalls {
      breaker.window = .count(windowCalls)
    } else if let failureWindow {
      breaker.window = .time(length: failureWindow, buckets: 60)
    }
    applyOpening(to: &breaker)
  }

  private func applyOpening(to breaker: inout BreakerConfiguration) {
    breaker.openDuration = timeout ?? breaker.openDuration
    breaker.openGrowth = timeoutFactor ?? breaker.openGrowth
    breaker.maxOpenDuration = max(maxTimeout ?? breaker.maxOpenDuration, breaker.openDuration)
    breaker.openJitterPercent = timeoutJitter ?? breaker.openJitterPercent
    if let permits = halfOpen?.permits {
      breaker.halfOpen = .sample(permits: permits, failurePercent: halfOpen?.rate ?? 50)
    } else if let successThreshold {
      breaker.halfOpen = .consecutive(successes: successThreshold)
    }
  }
}
