import HostGate
import HostModel
import HostPolicy

/// The checkers: an independent little model of what the host promises, fed with what happened. Pure.
struct ResilienceJudge: Sendable {
  /// What a dependency has shown in the present state of its breaker, and what its retries may still cost.
  struct Account: Sendable {
    let policy: DependencyPolicy
    var budget: BudgetModel
    /// Counts transitions of the breaker.
    var epoch = 0
    var probesOut = 0
    var succeeded = 0
    var failed = 0
    var slow = 0
    /// The most failures that can be in a row.
    var inARow = 0
  }

  struct Out: Sendable {
    let attempt: Observation.Attempt
    let epoch: Int
    let began: Instant
  }

  var accounts: [String: Account] = [:]
  var degradation = DegradationConfiguration()
  /// Attempts that are under way.
  var out: [Int: Out] = [:]
  var nextBatch = 0
  /// What each checker has judged so far.
  private(set) var subjects: [Checker: Int] = [:]
  private(set) var found: [Broken] = []

  mutating func saw(_ observation: Observation) {
    switch observation {
    case .processBegan(let policies, let degradation): begin(policies, degradation)
    case .inherited(let name, let tally, let inARow): inherit(name, tally, inARow)
    case .attemptBegan(let number, let attempt, let now): began(number, attempt, at: now)
    case .attemptEnded(let number, let status, let now): ended(number, status, at: now)
    case .retried(let name, let now): retried(name, at: now)
    case .callEnded(let call, let now): ended(call, at: now)
    case .moved(let name, let state, let cause): moved(name, to: state, for: cause)
    case .level(let change, let facts): changed(change, facts)
    case .landed(let ordinal): landed(ordinal)
    case .processEnded(let name, let permits, let inFlight, let waiting):
      judge(.leak, permits == 0 && inFlight == 0 && waiting == 0) {
        "\(name): \(permits) permits, \(inFlight) in flight, \(waiting) waiting"
      }
    case .settled(let left): judge(.convergence, left.isEmpty) { left.joined(separator: "; ") }
    case .restored: judge(.memory, true) { "" }
    case .unreadable(let why): judge(.memory, false) { why }
    }
  }

  mutating func judge(_ checker: Checker, _ holds: Bool, _ what: () -> String) {
    subjects[checker, default: 0] += 1
    if !holds { found.append(Broken(checker: checker, what: what())) }
  }

  /// Budgets, permits and windows are fresh; batches are not.
  private mutating func begin(_ policies: [String: DependencyPolicy], _ degradation: DegradationConfiguration) {
    accounts = policies.mapValues { Account(policy: $0, budget: BudgetModel($0.gate.budget)) }
    self.degradation = degradation
    out = [:]
  }

  private mutating func landed(_ ordinal: Int) {
    let due = nextBatch
    judge(.lostBatch, ordinal <= due) { "batch \(ordinal) landed, \(due) was due" }
    judge(.doubledBatch, ordinal >= due) { "batch \(ordinal) landed again, \(due) was due" }
    nextBatch = max(due, ordinal + 1)
  }
}

/// What retries may cost, in billionths of one and without rounding, so never less than the product may grant.
struct BudgetModel: Sendable {
  private static let token: Int64 = 1_000_000_000
  private let configuration: RetryBudget.Configuration
  private(set) var units: Int64
  private var at = Instant(nanoseconds: 0)

  init(_ configuration: RetryBudget.Configuration) {
    self.configuration = configuration
    units = Int64(configuration.capacity) * Self.token
  }

  mutating func callMade() { add(Int64(configuration.percentOfCalls) * Self.token / 100) }

  /// - Returns: whether there was a whole retry left.
  mutating func withdraw(at now: Instant) -> Bool {
    add(Int64(configuration.reservePerSecond) * now.duration(since: at).wholeNanoseconds)
    at = now
    units -= Self.token
    return units >= 0
  }

  private mutating func add(_ amount: Int64) {
    units = min(Int64(configuration.capacity) * Self.token, units + amount)
  }
}
