@testable import HostControl
import HostFormats
import HostGate
import HostModel
import HostPolicy
import TestSupport
import Testing

@Suite struct ResilienceRecordTests {
  private static let causes: [BreakerCause?] = [
    .failures(5), .failureRate(failures: 3, calls: 6), .slowRate(slow: 2, calls: 4), .consecutiveFailures(7),
    .instanceLost(status: 19), .openTimePassed, .probeFailed(status: 6), .probesFailed(failures: 2, calls: 4),
    .probeOverdue, .probesSucceeded(3), .operatorCommand,
  ]
  private static let evidence: [DegradationEvidence] = [
    .unavailable(["a", "b"]), .slow(dependency: "a", p95: .seconds(3), baseline: .milliseconds(5)),
    .nearDeadline(dependency: "a", p95: .seconds(9), timeout: .seconds(10)), .cpu(percent: 95), .memory(percent: 90),
    .queue(depth: 10), .disk(freeBytes: 1), .lanes(lost: 3, of: 4), .quiet,
  ]

  @Test(arguments: causes.compactMap { $0 })
  func everyCauseSurvives(_ cause: BreakerCause) throws {
    #expect(try BreakerCause(cause.json) == cause)
    #expect(!cause.explanation.isEmpty)
  }

  @Test(arguments: evidence)
  func everyEvidenceSurvives(_ evidence: DegradationEvidence) throws {
    #expect(try DegradationEvidence(evidence.json) == evidence)
    #expect(!evidence.explanation.isEmpty)
  }

  private func sample(_ random: inout SplitMix64) -> ResilienceRecord {
    let breakers = (0..<Int.random(in: 0...3, using: &random)).map { number in
      let tallies = (0..<Int.random(in: 0...4, using: &random)).map { age in
        BreakerRecord.AgedTally(
          age: age, tally: BreakerTally(calls: 9, failures: Int.random(in: 1...9, using: &random), slow: 1))
      }
      let record = BreakerRecord(
        state: BreakerStateName.allCases.filter { $0 != .closed }.randomElement(using: &random) ?? .open,
        cause: (Self.causes + [nil]).randomElement(using: &random) ?? nil, sinceNanoseconds: 5, remainingNanoseconds: 7,
        openings: 2,
        consecutiveFailures: 3, tallies: tallies)
      return KeptBreaker(
        key: DependencyKey(plugin: "p\(number)", endpoint: "db:\(number)"), record: record,
        at: WallTime(microseconds: 9))
    }
    let levels = (0..<Int.random(in: 0...2, using: &random)).map { number in
      KeptLevel(
        pipeline: number == 0 ? nil : "default/p", level: .level2,
        reason: Bool.random(using: &random)
          ? nil : Self.evidence.randomElement(using: &random).map { DegradationCondition(.multipleFailures, $0) })
    }
    return ResilienceRecord(breakers: breakers, levels: levels)
  }

  @Test func aRecordSurvivesItsFile() throws {
    try SimulationSeeds.forEach(500) { seed in
      var random = SplitMix64(seed: seed)
      let record = sample(&random)
      let read = try ResilienceRecord(try JSONValue.parse(record.json.serialized()))
      #expect(read == record, "seed \(seed)")
    }
  }

  /// Whatever is in the file: it is refused or read, and a breaker can be restored from what was read.
  @Test func aDamagedRecordEndsNothing() throws {
    var refused = 0
    try SimulationSeeds.forEach(3000) { seed in
      var random = SplitMix64(seed: seed)
      var bytes = sample(&random).json.serialized()
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        let isDigit = UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[place]
        // Other numbers reach the breaker; other letters rarely get past the form.
        guard isDigit || seed % 2 == 0 else { continue }
        bytes[place] = UInt8.random(in: isDigit ? 48...57 : 32...126, using: &random)
      }
      guard let json = try? JSONValue.parse(bytes), let record = try? ResilienceRecord(json) else {
        refused += 1
        return
      }
      for kept in record.breakers {
        _ = Breaker(restoring: kept.record, elapsed: .seconds(1), BreakerConfiguration(), at: Instant(nanoseconds: 0))
      }
    }
    print("resilience records: \(refused) of 3000 damaged ones refused")
    #expect(refused > 100 || SimulationSeeds.first(2).count == 1)
  }

  @Test func whatIsAsNewIsNotKept() {
    let closed = BreakerRecord(
      state: .closed, cause: nil, sinceNanoseconds: 0, remainingNanoseconds: 0, openings: 0, consecutiveFailures: 0,
      tallies: [.init(age: 0, tally: BreakerTally(calls: 100))])
    let record = ResilienceRecord(
      breakers: [KeptBreaker(key: DependencyKey(plugin: "p"), record: closed, at: WallTime(microseconds: 0))],
      levels: [KeptLevel(pipeline: nil, level: .normal, reason: nil)])
    #expect(record.isEmpty)
  }
}
