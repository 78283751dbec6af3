import HostModel
@testable import HostPolicy
import Testing

@Suite struct RetryDelayTests {
  @Test func theTableIsTheSpecifications() {
    let rows: [(OperationClass, Int, Duration, Duration)] = [
      (.apiCall, 3, .milliseconds(100), .seconds(5)),
      (.dbQuery, 5, .milliseconds(50), .seconds(10)),
      (.llmInference, 3, .seconds(1), .seconds(30)),
      (.cdcEvent, 10, .milliseconds(100), .seconds(60)),
      (.fileUpload, 5, .milliseconds(500), .seconds(30)),
    ]
    #expect(rows.map(\.0) == OperationClass.allCases)
    for (operation, calls, base, cap) in rows {
      #expect(operation.retry == RetryConfiguration(maxRetries: calls, baseDelay: base, maxDelay: cap))
      #expect(operation.retry.jitter == .additive(percent: 10))
    }
  }

  @Test func theAttemptIsCountedBeforeTheDelay() {
    var none = ConstantGenerator.least
    let api = OperationClass.apiCall.retry
    #expect(api.delay(afterAttempt: 1, previous: .zero, using: &none) == .milliseconds(200))
    #expect(api.delay(afterAttempt: 2, previous: .zero, using: &none) == .milliseconds(400))
  }

  @Test func additiveJitterIsAtMostATenth() {
    let api = OperationClass.apiCall.retry
    var most = ConstantGenerator.most
    #expect(api.delay(afterAttempt: 1, previous: .zero, using: &most) == .milliseconds(220))
    var random = SplitMix64(seed: 1)
    for _ in 0..<1000 {
      let delay = api.delay(afterAttempt: 1, previous: .zero, using: &random)
      #expect(delay >= .milliseconds(200) && delay <= .milliseconds(220))
    }
  }

  /// 100 ms doubled 5 times is 3.2 s, 6 times 6.4 s; the cap is 5 s, jitter included.
  @Test func theCapHoldsAroundItsBound() {
    let api = OperationClass.apiCall.retry
    var none = ConstantGenerator.least
    #expect(api.delay(afterAttempt: 5, previous: .zero, using: &none) == .milliseconds(3200))
    #expect(api.delay(afterAttempt: 6, previous: .zero, using: &none) == .seconds(5))
    let tight = RetryConfiguration(maxRetries: 9, baseDelay: .seconds(1), maxDelay: .milliseconds(4100))
    var most = ConstantGenerator.most
    #expect(tight.delay(afterAttempt: 2, previous: .zero, using: &most) == .milliseconds(4100))
  }

  @Test(arguments: [
    RetryConfiguration.Jitter.additive(percent: 10), .additive(percent: .max), .full, .decorrelated,
  ])
  func noAttemptOverflows(_ jitter: RetryConfiguration.Jitter) {
    let bases: [Duration] = [.zero, .nanoseconds(1), .milliseconds(100), .seconds(1 << 33), .seconds(Int64.max)]
    for base in bases {
      for cap in [Duration.zero, .seconds(5), .seconds(Int64.max)] {
        let configuration = RetryConfiguration(maxRetries: 2000, baseDelay: base, maxDelay: cap, jitter: jitter)
        for attempt in [0, 1, 61, 62, 63, 64, 1023, 1024, 1025, .max] {
          var most = ConstantGenerator.most
          let delay = configuration.delay(afterAttempt: attempt, previous: .seconds(Int64.max), using: &most)
          #expect(delay >= .zero && delay.wholeNanoseconds <= cap.wholeNanoseconds)
        }
      }
    }
  }

  /// In milliseconds, after the attempts 1 to 13, without jitter and with all of it.
  @Test(
    arguments: [
      (
        .apiCall, [200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000, 5000, 5000, 5000, 5000],
        [220, 440, 880, 1760, 3520, 5000, 5000, 5000, 5000, 5000, 5000, 5000, 5000]
      ),
      (
        .dbQuery, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000, 10_000, 10_000, 10_000],
        [110, 220, 440, 880, 1760, 3520, 7040, 10_000, 10_000, 10_000, 10_000, 10_000, 10_000]
      ),
      (
        .llmInference,
        [2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000, 30_000, 30_000, 30_000, 30_000, 30_000],
        [2200, 4400, 8800, 17_600, 30_000, 30_000, 30_000, 30_000, 30_000, 30_000, 30_000, 30_000, 30_000]
      ),
      (
        .cdcEvent, [200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000, 60_000, 60_000],
        [220, 440, 880, 1760, 3520, 7040, 14_080, 28_160, 56_320, 60_000, 60_000, 60_000, 60_000]
      ),
      (
        .fileUpload, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000, 30_000, 30_000, 30_000, 30_000],
        [1100, 2200, 4400, 8800, 17_600, 30_000, 30_000, 30_000, 30_000, 30_000, 30_000, 30_000, 30_000]
      ),
    ] as [(OperationClass, [Int64], [Int64])])
  func theDelaysOfThirteenAttempts(_ operation: OperationClass, _ without: [Int64], _ with: [Int64]) {
    var (least, most) = (ConstantGenerator.least, ConstantGenerator.most)
    for (index, (low, high)) in zip(without, with).enumerated() {
      let retry = operation.retry
      #expect(retry.exponentialDelay(afterAttempt: index + 1) == .milliseconds(low))
      #expect(retry.delay(afterAttempt: index + 1, previous: .zero, using: &least) == .milliseconds(low))
      #expect(retry.delay(afterAttempt: index + 1, previous: .zero, using: &most) == .milliseconds(high))
    }
  }

  /// The doubling clamps to the cap and never goes back from it, whatever the jitter draws.
  @Test(arguments: OperationClass.allCases) func noDelayOfAThousandAttemptsIsOutsideItsBounds(
    _ operation: OperationClass
  ) {
    for jitter in [RetryConfiguration.Jitter.additive(percent: 10), .full, .decorrelated] {
      var retry = operation.retry
      retry.jitter = jitter
      var random = SplitMix64(seed: 1025)
      var exponential = Duration.zero
      var previous = Duration.zero
      for attempt in 1...1025 {
        let next = retry.exponentialDelay(afterAttempt: attempt)
        #expect(next >= exponential && next <= retry.maxDelay)
        exponential = next
        previous = retry.delay(afterAttempt: attempt, previous: previous, using: &random)
        switch jitter {
        case .additive: #expect(previous >= next && previous <= min(next + next / 10, retry.maxDelay))
        case .full: #expect(previous >= .zero && previous <= next)
        case .decorrelated: #expect(previous >= retry.baseDelay && previous <= retry.maxDelay)
        }
      }
      #expect(exponential == retry.maxDelay)
    }
  }

  @Test func exponentialDelayClampsToTheCapAtAttempt1025() {
    let cdc = OperationClass.cdcEvent.retry
    for attempt in [10, 62, 63, 64, 1024, 1025] {
      #expect(cdc.exponentialDelay(afterAttempt: attempt) == .seconds(60))
    }
  }

  /// With a base of one nanosecond every power of two up to 2^62 is exact.
  @Test func exponentialDelayIsExactUpToTheSignBit() {
    let tiny = RetryConfiguration(maxRetries: 99, baseDelay: .nanoseconds(1), maxDelay: .nanoseconds(Int64.max))
    #expect(tiny.exponentialDelay(afterAttempt: 61) == .nanoseconds(Int64(1) << 61))
    #expect(tiny.exponentialDelay(afterAttempt: 62) == .nanoseconds(Int64(1) << 62))
    #expect(tiny.exponentialDelay(afterAttempt: 63) == .nanoseconds(Int64.max))
  }

  @Test func fullJitterSpreadsFromNothingToTheExponentialDelay() {
    var configuration = OperationClass.apiCall.retry
    configuration.jitter = .full
    var least = ConstantGenerator.least
    var most = ConstantGenerator.most
    #expect(configuration.delay(afterAttempt: 2, previous: .zero, using: &least) == .zero)
    #expect(configuration.delay(afterAttempt: 2, previous: .zero, using: &most) == .milliseconds(400))
  }

  @Test func decorrelatedJitterSpreadsFromTheBaseToThreeTimesThePrevious() {
    var configuration = OperationClass.apiCall.retry
    configuration.jitter = .decorrelated
    var least = ConstantGenerator.least
    var most = ConstantGenerator.most
    let previous = Duration.milliseconds(500)
    #expect(configuration.delay(afterAttempt: 1, previous: previous, using: &least) == .milliseconds(100))
    #expect(configuration.delay(afterAttempt: 1, previous: previous, using: &most) == .milliseconds(1500))
    #expect(configuration.delay(afterAttempt: 1, previous: .zero, using: &most) == .milliseconds(300))
    #expect(configuration.delay(afterAttempt: 1, previous: .seconds(4), using: &most) == .seconds(5))
  }
}
