import HostModel
import HostNotifications
import TestSupport
import Testing

/// What has to hold of a ledger whatever happens, checked by keeping every notification that there ever was.
private struct LedgerModel {
  struct Broken: Error, CustomStringConvertible {
    let rule: String
    let step: Int
    var description: String { "step \(step): \(rule)" }
  }

  private var generator: SplitMix64
  private let configuration: NotificationLedger.Configuration
  private var ledger: NotificationLedger
  private var now = at(0)
  private var step = 0
  /// The keys that are remembered, the one raised last at the end.
  private var known: [(key: String, state: String, at: Instant)] = []
  private var raised = 0
  private var repeats = 0
  private var dropped = 0
  private var told = (notifications: 0, repeats: 0, dropped: 0)
  private var lastTaken: [String: String] = [:]
  private var lastTold: [String: String] = [:]
  private var issued: [Instant] = []
  private var notBefore = at(0)

  init(seed: UInt64) {
    generator = SplitMix64(seed: seed)
    var configuration = NotificationLedger.Configuration()
    configuration.repeatAfter = .seconds([0, 10, 100].randomElement(using: &generator) ?? 0)
    configuration.burst = Int.random(in: 1...4, using: &generator)
    configuration.interval = .seconds([5, 30].randomElement(using: &generator) ?? 5)
    configuration.maxKeys = Int.random(in: 1...6, using: &generator)
    self.configuration = configuration
    ledger = NotificationLedger(configuration)
  }

  mutating func run(steps: Int) throws {
    for number in 1...steps {
      step = number
      switch Int.random(in: 0..<10, using: &generator) {
      case 0..<6: try raise()
      case 6..<9:
        now = now.advanced(by: .seconds(Int64.random(in: 0...20, using: &generator)))
        try handle(ledger.timePassed(to: now))
      default:
        let count = Int.random(in: 0...2, using: &generator)
        dropped += count
        ledger.dropped(count)
      }
      try checkCounts()
    }
    try settle()
  }

  private mutating func raise() throws {
    let key = "k\(Int.random(in: 0..<8, using: &generator))"
    let state = "s\(Int.random(in: 0..<3, using: &generator))"
    raised += 1
    let isRepeat = remember(key, state)
    if isRepeat { repeats += 1 } else { lastTaken[key] = state }
    let message = ledger.raised(notification(key, state), at: now)
    try check(!isRepeat || message == nil, "a repeat was sent")
    try handle(message)
  }

  private mutating func remember(_ key: String, _ state: String) -> Bool {
    let position = known.firstIndex { $0.key == key }
    let before = position.map { known.remove(at: $0) }
    let isOld = before.map {
      configuration.repeatAfter > .zero && now.duration(since: $0.at) >= configuration.repeatAfter
    }
    let isRepeat = before?.state == state && isOld == false
    known.append((key, state, isRepeat ? before?.at ?? now : now))
    if known.count > configuration.maxKeys { known.removeFirst() }
    return isRepeat
  }

  /// A message goes out: it arrives, or it does not.
  private mutating func handle(_ message: NotificationMessage?, arrives: Bool? = nil) throws {
    guard let message else { return }
    issued.append(now)
    try check(message.number == UInt64(issued.count), "the numbers of messages have a gap")
    if issued.count > configuration.burst {
      let span = now.duration(since: issued[issued.count - 1 - configuration.burst])
      try check(span >= configuration.interval, "more than the burst within the interval")
    }
    try check(now >= notBefore, "a message before the receiver wanted one")
    if arrives ?? Bool.random(using: &generator) {
      tell(message)
      ledger.delivered(message)
      notBefore = at(0)
    } else {
      let pause = Bool.random(using: &generator) ? Int64.random(in: 0...60, using: &generator) : nil
      ledger.deliveryFailed(message, retryAfter: pause.map { .seconds($0) }, at: now)
      notBefore = pause.map { now.advanced(by: .seconds($0)) } ?? at(0)
    }
  }

  private mutating func tell(_ message: NotificationMessage) {
    told.notifications += message.count
    told.repeats += message.repeats
    told.dropped += message.summary?.dropped ?? 0
    for one in message.summary?.entries.map(\.notification) ?? [message.single].compactMap({ $0 }) {
      lastTold[one.key] = one.state
    }
  }

  private func checkCounts() throws {
    try check(ledger.repeats == repeats - told.repeats, "repeats that are neither told nor kept")
    try check(ledger.pendingCount == raised - repeats - told.notifications, "notifications that are nowhere")
    try check(ledger.keyCount == known.count, "other keys are remembered")
    let waits = ledger.pendingCount > 0 || told.dropped < dropped
    try check((ledger.nextDue != nil) == waits, "a timer without a cause, or none with one")
  }

  /// The receiver is well again: everything arrives when the ledger says that it will.
  private mutating func settle() throws {
    var rounds = 0
    while let due = ledger.nextDue {
      now = max(now, due)
      let message = ledger.timePassed(to: now)
      try check(message != nil, "nothing to send at the time that was named")
      try handle(message, arrives: true)
      rounds += 1
      try check(rounds < 3, "a summary that does not end")
    }
    try checkCounts()
    try check(told.dropped == dropped, "dropped ones that nobody was told of")
    try check(lastTold == lastTaken, "the receiver believes in a state that has passed")
  }

  private func check(_ holds: Bool, _ rule: String) throws {
    if !holds { throw Broken(rule: rule, step: step) }
  }
}

@Suite struct NotificationLedgerModelTests {
  @Test func nothingIsLostDoubledOrSentTooOftenWhateverHappens() throws {
    try SimulationSeeds.forEach(10_000) { seed in
      var model = LedgerModel(seed: seed)
      try model.run(steps: 40)
    }
  }
}
