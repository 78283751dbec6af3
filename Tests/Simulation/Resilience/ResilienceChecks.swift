import HostGate
import HostModel
import HostPolicy
import Synchronization

/// The checkers, beside the system. Any lane.
final class ResilienceChecks: Sendable {
  private struct Account {
    var tokens: Int
    let capacity: Int
    let percent: Int
    var epoch = 0
    var probes = 0
    /// Probes of the present half-open state that ended, by success.
    var succeeded = 0
    var failed = 0
  }

  private struct State {
    var first: Broken?
    var next = 0
    var accounts: [String: Account] = [:]
  }

  private let state = Mutex(State())

  var first: Broken? { state.withLock { $0.first } }

  func broken(_ checker: String, _ what: String) {
    state.withLock { if $0.first == nil { $0.first = Broken(checker, what) } }
  }

  /// A process begins: budgets are fresh. An account counts hundredths of a retry.
  func began(_ gates: [String: GateConfiguration]) {
    state.withLock { state in
      state.accounts = gates.mapValues {
        Account(tokens: $0.budget.capacity * 100, capacity: $0.budget.capacity * 100, percent: $0.budget.percentOfCalls)
      }
    }
  }

  func deposited(_ name: String) {
    state.withLock { state in
      guard var account = state.accounts[name] else { return }
      account.tokens = min(account.capacity, account.tokens + account.percent)
      state.accounts[name] = account
    }
  }

  func withdrawn(_ name: String) {
    let left = state.withLock { state -> Int in
      state.accounts[name]?.tokens -= 100
      return state.accounts[name]?.tokens ?? 0
    }
    if left < 0 { broken("retryBudget", "\(name) is retried \(-left) hundredths beyond its budget") }
  }

  /// The breaker moved. What its probes have shown has to be so, and those that come back later belong to nobody.
  func moved(_ name: String, _ cause: BreakerCause) {
    let (succeeded, failed) = state.withLock { state in
      let account = state.accounts[name]
      state.accounts[name]?.epoch += 1
      state.accounts[name]?.probes = 0
      state.accounts[name]?.succeeded = 0
      state.accounts[name]?.failed = 0
      return (account?.succeeded ?? 0, account?.failed ?? 0)
    }
    switch cause {
    case .probesSucceeded(let count) where count > succeeded:
      broken("generation", "\(name) closed after \(count) probes of which \(succeeded) succeeded")
    case .probeFailed where failed == 0:
      broken("generation", "\(name) reopened, and no probe has failed")
    default: break
    }
  }

  /// - Returns: what `probeEnded` wants.
  func probeBegan(_ name: String) -> Int {
    let (count, epoch) = state.withLock { state in
      state.accounts[name]?.probes += 1
      return (state.accounts[name]?.probes ?? 0, state.accounts[name]?.epoch ?? 0)
    }
    if count > 1 { broken("probes", "\(count) at once at \(name)") }
    return epoch
  }

  func probeEnded(_ name: String, _ epoch: Int, isSuccess: Bool) {
    state.withLock { state in
      guard state.accounts[name]?.epoch == epoch else { return }
      state.accounts[name]?.probes -= 1
      if isSuccess { state.accounts[name]?.succeeded += 1 } else { state.accounts[name]?.failed += 1 }
    }
  }

  func landed(_ ordinal: Int) {
    let expected = state.withLock { state in
      defer { state.next = max(state.next, ordinal + 1) }
      return state.next
    }
    if ordinal > expected { broken("lostBatch", "batch \(ordinal) landed, \(expected) was due") }
    if ordinal < expected { broken("doubledBatch", "batch \(ordinal) landed again, \(expected) was due") }
  }

  /// Every change of a level has a cause, and what it says was so when it was said.
  func levelChanged(_ change: DegradationScope.Change, unavailable: (String) -> Bool) {
    switch (change.cause, change.evidence) {
    case (.pinned, nil), (.recovered, .quiet): break
    case (_, .unavailable(let names)):
      for name in names where !unavailable(name) { broken("levelEvidence", "\(name) was available: \(change)") }
    default: broken("levelEvidence", "nothing shows \(change)")
    }
  }
}
