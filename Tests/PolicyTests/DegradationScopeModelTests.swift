@testable import HostPolicy
import HostModel
import TestSupport
import Testing

/// Random reports and pins, against the list of all that was said.
@Suite struct DegradationScopeModelTests {
  enum Illegal: Error {
    case wrongLevel, wrongPin, changedWithoutChange, changedInSilence, wrongWay, wrongCause, wrongEvidence
    case lastChangeForgotten
  }

  private struct Scope {
    enum Word {
      case report(DegradationLevel, DegradationCause, DegradationEvidence)
      case pin(DegradationLevel?)
    }
    var words: [Word] = []
    var changes: [DegradationScope.Change] = []

    /// The level after the first `count` words: the last pin if there is one, else the last report.
    func level(after count: Int) -> DegradationLevel {
      for word in words[..<count].reversed() {
        guard case .pin(let level) = word else { continue }
        if let level { return level }
        break
      }
      for word in words[..<count].reversed() {
        if case .report(let level, _, _) = word { return level }
      }
      return .normal
    }

    mutating func said(_ word: Word, _ change: DegradationScope.Change?, _ scope: DegradationScope) throws {
      words.append(word)
      let (before, after) = (level(after: words.count - 1), level(after: words.count))
      guard scope.level == after else { throw Illegal.wrongLevel }
      if case .pin(let level) = word {
        guard scope.pin == level else { throw Illegal.wrongPin }
      }
      guard let change else {
        guard before == after else { throw Illegal.changedInSilence }
        return
      }
      guard before != after else { throw Illegal.changedWithoutChange }
      guard change.from == before, change.to == after else { throw Illegal.wrongWay }
      switch word {
      case .report(_, let cause, let evidence):
        guard change.cause == cause else { throw Illegal.wrongCause }
        guard change.evidence == evidence else { throw Illegal.wrongEvidence }
      case .pin:
        guard change.cause == .pinned else { throw Illegal.wrongCause }
        guard change.evidence == nil else { throw Illegal.wrongEvidence }
      }
      changes.append(change)
    }
  }

  @Test func everyChangeHasItsCauseAndNothingElseIsOne() throws {
    let causes: [DegradationCause] = [
      .llmUnavailable, .highLatency, .computeExhausted, .multipleFailures, .storageOnly, .criticalFailure, .recovered,
    ]
    var (changes, silent) = (0, 0)
    try SimulationSeeds.forEach(10_000) { seed in
      var random = SplitMix64(seed: seed)
      var scope = DegradationScope()
      var model = Scope()
      for _ in 0..<40 {
        let level = DegradationLevel.allCases.randomElement(using: &random) ?? .normal
        if Int.random(in: 0..<3, using: &random) == 0 {
          let pin = Bool.random(using: &random) ? level : nil
          let change = scope.pinned(to: pin)
          try model.said(.pin(pin), change, scope)
          if change == nil { silent += 1 }
        } else {
          let cause = causes.randomElement(using: &random) ?? .recovered
          let evidence = DegradationEvidence.cpu(percent: Int.random(in: 0...100, using: &random))
          let change = scope.levelReported(level, cause: cause, evidence: evidence)
          try model.said(.report(level, cause, evidence), change, scope)
          if change == nil { silent += 1 }
        }
        guard scope.lastChange == model.changes.last else { throw Illegal.lastChangeForgotten }
      }
      changes += model.changes.count
    }
    print("degradation scope model: \(changes) changes, \(silent) words without one")
    #expect((changes > 0 && silent > 0) || SimulationSeeds.first(2).count == 1)
  }
}
