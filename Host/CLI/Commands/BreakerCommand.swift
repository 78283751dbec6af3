import ArgumentParser
import HostControl
import HostFormats
import HostModel

struct BreakerCommand: ParsableCommand {
  enum Order: String, ExpressibleByArgument, CaseIterable {
    case close
    case forceOpen = "force-open"
    case disable
    case metricsOnly = "metrics-only"
    case openFor = "open-for"
  }

  static let configuration = CommandConfiguration(
    commandName: "breaker",
    abstract: "Closes a circuit breaker, or holds it by hand. Running pipelines follow within a second.")

  @Argument(help: "The dependency as `headrace status` names it: PLUGIN or PLUGIN@ENDPOINT.")
  var dependency: String

  @Argument(help: "close (which also ends every hold), force-open, disable, metrics-only or open-for.")
  var order: Order

  @Argument(help: "For open-for: how long, as 30s or 5m.")
  var duration: String?

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let composition = try Composition(global)
    let now = composition.clock.wallTime()
    let hold = try hold(now)
    try OperatorDesk(home: composition.home, files: composition.files).change { orders in
      orders.breakers[dependency] = .init(hold: hold, at: now)
    }
    Terminal.line("\(dependency): \(order.rawValue)")
  }

  private func hold(_ now: WallTime) throws(Failure) -> OperatorOrders.BreakerHold? {
    guard order == .openFor else {
      guard duration == nil else { throw Failure(.invalidInput, "only 'open-for' takes a duration") }
      return switch order {
      case .close, .openFor: nil
      case .forceOpen: .forcedOpen
      case .disable: .disabled
      case .metricsOnly: .metricsOnly
      }
    }
    guard let length = duration.flatMap(Units.duration), length > .zero else {
      throw Failure(.invalidInput, "'open-for' needs a duration", advice: "write it as 30s, 5m or 1h")
    }
    return .openUntil(WallTime(microseconds: now.microseconds + length.wholeNanoseconds / 1000))
  }
}
