import HostModel
import HostPolicy

/// A gate as small as it can be said: what a call is told next, and what it holds. It knows nothing of contexts, windows,
/// tickets or generations of the product: slots are a number and a queue, the breaker counts, the budget is in hundredths.
///
/// Throttling, the adaptive limit and other windows have models of their own.
struct GateModel {
  struct Rules {
    var limit: Int?
    var maxWaiting = 0
    var maxWait: Int64 = 0
    var askAgain: Int64 = 0
    var threshold = 1
    var openTime: Int64 = 0
    var successes = 1
    var probeLimit: Int64 = 0
    var percent = 0
    var capacity = 0
    var retries = 1
    var base: Int64 = 0
    var cap: Int64 = 0
    var breakerWait: Int64 = 0
    var levelWait: Int64 = 0
    var timeout: Int64?
    var isIdempotent = true
  }

  /// What a call is told. Times in milliseconds.
  enum Answer: Equatable {
    case invoke(attempt: Int, until: Int64)
    case wait(Int64)
    case queue(Int64)
    case rejected(RejectionCause.Kind)
    case ended(Status, RetryStop?)
    case cancelled
    case deadlineExceeded
  }

  struct Call {
    let deadline: Int64
    var attempts = 0
    var refusedSince: Int64?
    var queuedSince: Int64?
    /// The state of the breaker in which the attempt that is out began.
    var epoch = 0
  }

  enum Mode: Equatable {
    case closed(failures: Int), open(Int64), halfOpen(successes: Int, probeSince: Int64?), forcedOpen
  }

  let rules: Rules
  private(set) var mode = Mode.closed(failures: 0)
  private(set) var epoch = 0
  private(set) var busy = 0
  private(set) var queue: [Int] = []
  private(set) var granted: [Int] = []
  private(set) var tokens: Int
  var calls: [Int: Call] = [:]

  init(_ rules: Rules) {
    self.rules = rules
    tokens = rules.capacity * 100
  }

  // MARK: Asking

  mutating func ask(_ id: Int, level: DegradationLevel, isCancelled: Bool, _ now: Int64) -> Answer {
    guard let call = calls[id] else { preconditionFailure("no call \(id)") }
    let hasSlot = granted.contains(id)
    granted.removeAll { $0 == id }
    queue.removeAll { $0 == id }
    if let early = beforeSlots(id, call, level, isCancelled, now) {
      if hasSlot { release() }
      return early
    }
    if !hasSlot, let limit = rules.limit, busy >= limit { return enqueue(id, call, now) }
    if !hasSlot { busy += 1 }
    if let refusal = refusal(now) {
      release()
      return refuse(id, refusal.kind, rules.breakerWait, next: refusal.next, now)
    }
    calls[id]?.attempts += 1
    calls[id]?.queuedSince = nil
    calls[id]?.epoch = epoch
    return .invoke(attempt: call.attempts + 1, until: min(call.deadline, rules.timeout.map { now + $0 } ?? .max))
  }

  private mutating func beforeSlots(
    _ id: Int, _ call: Call, _ level: DegradationLevel, _ isCancelled: Bool, _ now: Int64
  ) -> Answer? {
    if isCancelled { return .cancelled }
    if level == .emergency { return refuse(id, .degraded, rules.levelWait, next: now + rules.askAgain, now) }
    return now >= call.deadline ? .deadlineExceeded : nil
  }

  private mutating func enqueue(_ id: Int, _ call: Call, _ now: Int64) -> Answer {
    let until = min(call.deadline, (call.queuedSince ?? now) + rules.maxWait)
    guard now < until, queue.count < rules.maxWaiting else { return .rejected(.bulkheadFull) }
    calls[id]?.queuedSince = call.queuedSince ?? now
    queue.append(id)
    return .queue(until)
  }

  private mutating func refuse(
    _ id: Int, _ kind: RejectionCause.Kind, _ patience: Int64, next: Int64, _ now: Int64
  ) -> Answer {
    guard let call = calls[id] else { return .cancelled }
    let since = call.refusedSince ?? now
    guard patience > 0, next <= since + patience, next < call.deadline else { return .rejected(kind) }
    calls[id]?.refusedSince = since
    return .wait(next)
  }

  /// Why the breaker refuses a call, and when to ask again; nil if it does not, and the probe is out then.
  private mutating func refusal(_ now: Int64) -> (kind: RejectionCause.Kind, next: Int64)? {
    tick(now)
    if case .open(let until) = mode, now >= until { enter(.halfOpen(successes: 0, probeSince: nil)) }
    switch mode {
    case .closed: return nil
    case .forcedOpen: return (.breakerForcedOpen, now + rules.askAgain)
    case .open(let until): return (.breakerOpen, until)
    case .halfOpen(let successes, nil):
      mode = .halfOpen(successes: successes, probeSince: now)
      return nil
    case .halfOpen: return (.breakerProbing, now + rules.askAgain)
    }
  }

  // MARK: Ends

  mutating func end(_ id: Int, _ said: Status, retryAfter: Int64, _ now: Int64) -> Answer {
    guard let call = calls[id] else { preconditionFailure("no call \(id)") }
    let status = said == .deadlineExceeded && rules.timeout != nil && now < call.deadline ? .timeout : said
    release()
    if call.attempts == 1 { tokens = min(rules.capacity * 100, tokens + rules.percent) }
    if call.epoch == epoch { count(status, retryAfter, now) }
    if status == .ok { return .ended(.ok, nil) }
    guard [.transient, .timeout, .throttled, .crashed].contains(status) else { return .ended(status, .notRetriable) }
    guard rules.isIdempotent else { return .ended(status, .notIdempotent) }
    guard call.attempts < rules.retries else { return .ended(status, .attemptsExhausted) }
    var delay = rules.base
    for _ in 0..<call.attempts { delay = min(rules.cap, delay * 2) }
    let next = now + max(min(delay, rules.cap), retryAfter)
    guard next < call.deadline else { return .ended(status, .deadline) }
    guard tokens >= 100 else { return .ended(status, .budgetExhausted) }
    tokens -= 100
    return .wait(next)
  }

  private mutating func count(_ status: Status, _ retryAfter: Int64, _ now: Int64) {
    let isIgnored = status == .cancelled || status == .deadlineExceeded
    let isFailure = [.transient, .timeout, .throttled, .crashed, .fatal].contains(status)
    switch mode {
    case .closed(let failures):
      mode = .closed(failures: failures + (isFailure ? 1 : 0))
      if isFailure, failures + 1 >= rules.threshold { open(now, retryAfter) }
    case .halfOpen(let successes, _):
      if isFailure { return open(now, retryAfter) }
      let sum = successes + (isIgnored ? 0 : 1)
      mode = .halfOpen(successes: sum, probeSince: nil)
      if !isIgnored, sum >= rules.successes { enter(.closed(failures: 0)) }
    case .open, .forcedOpen: break
    }
  }

  // MARK: Time and commands

  /// A probe that does not come back reopens.
  mutating func tick(_ now: Int64) {
    if case .halfOpen(_, let since?) = mode, now >= since + rules.probeLimit { open(now, 0) }
  }

  mutating func command(_ command: Breaker.Command, _ now: Int64) {
    switch (command, mode) {
    case (.close, .closed), (.forceOpen, .forcedOpen): break
    case (.close, _): enter(.closed(failures: 0))
    case (.forceOpen, _): enter(.forcedOpen)
    case (.instanceLost, .closed), (.instanceLost, .halfOpen): open(now, 0)
    default: break
    }
  }

  private mutating func open(_ now: Int64, _ retryAfter: Int64) { enter(.open(now + max(rules.openTime, retryAfter))) }

  private mutating func enter(_ next: Mode) {
    mode = next
    epoch += 1
  }

  /// A slot that comes back while somebody waits is handed on.
  private mutating func release() {
    busy -= 1
    if !queue.isEmpty {
      granted.append(queue.removeFirst())
      busy += 1
    }
  }
}
