package import HostFormats
package import HostGate
package import HostModel
package import HostPolicy

/// What operators hold by hand, for every process of a home: `HOME/state/operator.json`. A running pipeline looks at it
/// once a second.
package struct OperatorOrders: Sendable, Equatable {
  /// How a breaker is held. A breaker that is not held is left to itself.
  package enum BreakerHold: Sendable, Equatable {
    case forcedOpen
    case disabled
    case metricsOnly
    case openUntil(WallTime)
  }

  package struct Breaker: Sendable, Equatable {
    package var hold: BreakerHold?
    /// When the order was given. One without a hold closes the breaker once.
    package var at: WallTime

    package init(hold: BreakerHold?, at: WallTime) {
      self.hold = hold
      self.at = at
    }
  }

  /// By pipeline as `tenant/name`; the platform's is under "".
  package var levels: [String: DegradationLevel] = [:]
  /// By dependency as `plugin@endpoint`.
  package var breakers: [String: Breaker] = [:]

  package init() {}

  package init(_ json: JSONValue) throws(JSONShape.Wrong) {
    let object = try JSONShape(json)
    guard try object.integer("schema_version") == 1 else { throw .init(key: "schema_version") }
    for (name, value) in object.optional("levels")?.objectValue ?? JSONObject() {
      guard let level = value.stringValue.flatMap({ DegradationLevel(name: $0) }) else { throw .init(key: "levels") }
      levels[name] = level
    }
    for (name, value) in object.optional("breakers")?.objectValue ?? JSONObject() {
      breakers[name] = try Breaker(value)
    }
  }

  package var json: JSONValue {
    let levels = self.levels.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value.name)) }
    let breakers = self.breakers.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) }
    return .object([
      "schema_version": 1, "levels": .object(JSONObject(levels)), "breakers": .object(JSONObject(breakers)),
    ])
  }
}

extension OperatorOrders.Breaker {
  fileprivate init(_ json: JSONValue) throws(JSONShape.Wrong) {
    let object = try JSONShape(json)
    at = WallTime(microseconds: try object.integer("at_us"))
    switch object.optional("hold")?.stringValue {
    case nil: hold = nil
    case "forced_open": hold = .forcedOpen
    case "disabled": hold = .disabled
    case "metrics_only": hold = .metricsOnly
    case "open_until": hold = .openUntil(WallTime(microseconds: try object.integer("until_us")))
    default: throw .init(key: "hold")
    }
  }

  fileprivate var json: JSONValue {
    var object: JSONObject = ["at_us": .integer(at.microseconds)]
    switch hold {
    case nil: break
    case .forcedOpen: object["hold"] = "forced_open"
    case .disabled: object["hold"] = "disabled"
    case .metricsOnly: object["hold"] = "metrics_only"
    case .openUntil(let until):
      object["hold"] = "open_until"
      object["until_us"] = .integer(until.microseconds)
    }
    return .object(object)
  }
}

/// The orders as they lie in a home.
package struct OperatorDesk: Sendable {
  private let file: StateFile

  package init(home: String, files: any FileSystem) { file = StateFile("\(home)/state/operator.json", files) }

  package func read() throws(Failure) -> OperatorOrders {
    guard let json = try file.read() else { return OperatorOrders() }
    do throws(JSONShape.Wrong) { return try OperatorOrders(json) } catch {
      throw Failure(
        .environment, "\(file.path): '\(error.key)' is missing or of another form",
        advice: "remove the file: nothing is held then")
    }
  }

  package func change(_ body: (inout OperatorOrders) -> Void) throws(Failure) {
    var orders = try read()
    body(&orders)
    try file.write(orders.json, isDurable: true)
  }
}

extension OperatorOrders {
  /// What a process that begins now need not carry out: orders to close were for those before it. Their times are no
  /// measure, since a clock can be set back.
  fileprivate static func beforeThisProcess(_ orders: OperatorOrders) -> OperatorOrders {
    var known = OperatorOrders()
    known.breakers = orders.breakers.filter { $0.value.hold == nil }
    return known
  }
}

/// Carries orders out at a gate, each once.
package struct OrderFollower: Sendable {
  /// nil before the first look.
  private var carriedOut: OperatorOrders?

  package init() {}

  package mutating func follow(_ orders: OperatorOrders, at gate: Gate, now: WallTime, instant: Instant) {
    var known = carriedOut ?? .beforeThisProcess(orders)
    defer { carriedOut = known }
    followLevels(orders, &known, at: gate)
    gate.hold(
      orders.breakers.filter { $0.value.hold != nil }.compactMapValues { command($0, now: now, instant: instant) })
    for dependency in gate.dependencies {
      let name = dependency.key.description
      let order = orders.breakers[name]
      guard order != known.breakers[name] else { continue }
      known.breakers[name] = order
      guard let order else { continue }
      command(order, now: now, instant: instant).map { dependency.command($0) }
    }
  }

  private func followLevels(_ orders: OperatorOrders, _ known: inout OperatorOrders, at gate: Gate) {
    for scope in [gate.platform] + gate.pipelines {
      let name = scope.name ?? ""
      guard orders.levels[name] != known.levels[name] else { continue }
      known.levels[name] = orders.levels[name]
      gate.pin(orders.levels[name], of: scope)
    }
  }

  private func command(
    _ order: OperatorOrders.Breaker, now: WallTime, instant: Instant
  ) -> Breaker.Command? {
    switch order.hold {
    case nil: return .close
    case .forcedOpen: return .forceOpen
    case .disabled: return .disable
    case .metricsOnly: return .countOnly
    case .openUntil(let until):
      let left = until.microseconds.subtractingReportingOverflow(now.microseconds)
      guard !left.overflow, left.partialValue > 0 else { return nil }
      return .openUntil(instant.advanced(by: .microseconds(left.partialValue)))
    }
  }
}
