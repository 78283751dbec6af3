import HostModel
import HostPolicy
import Synchronization
import TestSupport

/// The servers and the machine: what they do to a call, and what the sink has. It survives every process.
final class Outside: Sendable {
  static let retryAfter = Duration.seconds(2)
  /// No attempt takes longer.
  static let longest = Duration.seconds(9)
  private static let usual = Duration.milliseconds(20)
  private static let troubles: [Fault] = [.error, .slow, .timeout, .late, .throttled, .crashed]
  private static let shortages: [Fault] = [.cpu, .memory, .diskLow, .lanesLost]

  /// How a call goes.
  struct Behaviour: Sendable {
    var takes: Duration
    var status: Status
    /// Whether it ends by itself when its time is up.
    var heedsDeadline = false
    var fault: Fault?
  }

  private struct State {
    var dice: Dice
    var trouble: [String: (until: Instant, fault: Fault)] = [:]
    var shortage: (until: Instant, fault: Fault)?
    var landed: Int = 0
    var acknowledged: Int = 0
  }

  private let state: Mutex<State>
  init(_ seed: UInt64) { state = Mutex(State(dice: Dice(seed &+ 77))) }

  func roll(_ upper: Int) -> Int { state.withLock { $0.dice.number(0...upper - 1) } }

  func behaviour(of name: String, at now: Instant) -> Behaviour {
    state.withLock { state in
      guard now < ResilienceWorld.faultsEnd else { return Behaviour(takes: Self.usual, status: .ok) }
      if let trouble = state.trouble[name], now < trouble.until { return Self.behaviour(trouble.fault, &state.dice) }
      if state.dice.chance(8) {
        let until = now.advanced(by: state.dice.milliseconds(500...9000))
        state.trouble[name] = (until, state.dice.one(of: Self.troubles))
      }
      // Some answers are about the request, and say that the server is well.
      return Behaviour(takes: Self.usual, status: state.dice.chance(3) ? .badRecord : .ok)
    }
  }

  private static func behaviour(_ fault: Fault, _ dice: inout Dice) -> Behaviour {
    switch fault {
    case .error: Behaviour(takes: usual, status: .transient, fault: fault)
    case .slow: Behaviour(takes: dice.milliseconds(500...2500), status: .ok, fault: fault)
    case .timeout:
      Behaviour(takes: dice.milliseconds(3000...9000), status: .timeout, heedsDeadline: true, fault: fault)
    case .late: Behaviour(takes: dice.milliseconds(3000...9000), status: dice.one(of: [.ok, .timeout]), fault: fault)
    case .throttled: Behaviour(takes: usual, status: .throttled, fault: fault)
    default: Behaviour(takes: dice.milliseconds(50...200), status: .crashed, fault: fault)
    }
  }

  /// What the machine is short of now.
  func shortage(at now: Instant) -> Fault? {
    state.withLock { state in
      guard now < ResilienceWorld.faultsEnd else { return nil }
      if let shortage = state.shortage, now < shortage.until { return shortage.fault }
      guard state.dice.chance(4) else { return nil }
      let fault = state.dice.one(of: Self.shortages)
      state.shortage = (now.advanced(by: state.dice.milliseconds(1000...6000)), fault)
      return fault
    }
  }

  /// The commit of one batch, fenced by its ordinal: one that has landed already is not landed again.
  func commit(_ ordinal: Int, log: ResilienceChecks) {
    state.withLock { state in
      guard ordinal >= state.landed else { return }
      log.saw(.landed(ordinal))
      state.landed = ordinal + 1
    }
  }

  var landed: Int { state.withLock { $0.landed } }
  /// What the source need not give again.
  var acknowledged: Int { state.withLock { $0.acknowledged } }
  func acknowledge(_ ordinal: Int) { state.withLock { $0.acknowledged = max($0.acknowledged, ordinal + 1) } }
}

/// The machine's counters as the outside has them, and what they said last.
final class ScriptedGauges: MachineGauges {
  private struct State {
    var processor = MachineReading.Processor(total: 0, busy: 0, own: 0)
    var said = MachineSignal()
  }

  private static let plenty: Int64 = 1 << 40
  private let state = Mutex(State())
  private let shortage: @Sendable () -> Fault?

  init(_ shortage: @escaping @Sendable () -> Fault?) { self.shortage = shortage }

  /// What the host was told.
  var said: MachineSignal { state.withLock { $0.said } }

  func read() -> MachineReading {
    let fault = shortage()
    return state.withLock { state in
      let (cpu, memory) = (fault == .cpu ? 95 : 10, fault == .memory ? 95 : 20)
      state.said.cpuPercent = cpu
      state.said.memoryPercent = memory
      state.said.diskFreeBytes = fault == .diskLow ? 1 << 20 : Self.plenty
      state.said.lostLanes = fault == .lanesLost ? 4 : 0
      state.processor.total += 1_000_000_000
      state.processor.busy += Int64(cpu) * 10_000_000
      return MachineReading(
        processor: state.processor, memory: .init(total: 1000, available: Int64(1000 - memory * 10)))
    }
  }

  func freeBytes(at path: String) -> Int64? { said.diskFreeBytes }
  func lanes() -> (lost: Int, most: Int) { (said.lostLanes, 4) }

  func queueDepth(_ depth: Int) -> Int {
    state.withLock { $0.said.queueDepth = depth }
    return depth
  }
}
