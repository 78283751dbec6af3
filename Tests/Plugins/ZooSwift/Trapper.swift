// swift-format-ignore-file: NeverForceUnwrap, NeverUseForceTry
import Glibc
import HeadracePlugin

/// A transform that hands its input on and, at the function that its configuration names, does what Swift cannot catch.
/// For tests only.
final class Trapper: Transform {
  static let configurationSchema = """
    {"type": "object", "additionalProperties": false, "properties": {
      "misbehaviour": {"type": "string", "default": "none", "description": "A case of Misbehaviour."},
      "at": {"type": "string", "default": "apply", "description": "create, bind, apply or cancel."}
    }}
    """
  private let misbehaviour: Misbehaviour?
  private let place: String

  init(configuration: Configuration, host: Host) throws {
    misbehaviour = Misbehaviour(rawValue: try configuration.string("misbehaviour", default: "none"))
    place = try configuration.string("at", default: "apply")
    try visit("create")
  }

  func bind(stream: String, input: Schema, call: Call) throws -> Schema {
    try visit("bind")
    return input
  }

  func apply(_ input: Batch, call: Call) throws -> TransformedBatch {
    try visit("apply")
    return TransformedBatch(columns: input.columns.map(\.data), rows: input.rowCount)
  }

  private func visit(_ function: String) throws {
    if function == place { try misbehaviour?.happen() }
  }
}

/// What a plugin in Swift can do to its process.
enum Misbehaviour: String, CaseIterable {
  case integerOverflow, arrayBounds, forceUnwrap, forceTry, forceCast, failedPrecondition, fatalErrorCalled,
    divisionByZero
  case endlessRecursion, unownedGone, exclusivityViolation, negativeRange, dictionaryOfDuplicates, misalignedLoad
  case spinning, sleeping, exiting, foreignError

  /// Nobody's plan: no optimiser can see what comes.
  @inline(never) private static func hidden<T>(_ value: T) -> T { value }

  func happen() throws {
    switch self {
    case .integerOverflow: _ = Self.hidden(Self.hidden(Int.max) + Self.hidden(1))
    case .arrayBounds: _ = Self.hidden(Self.hidden([1, 2, 3])[Self.hidden(3)])
    case .forceUnwrap: _ = Self.hidden(Self.hidden(Int?.none)!)
    case .forceTry: try! Self.fail()
    case .forceCast: _ = Self.hidden(Self.hidden("text" as Any) as! Int)
    case .failedPrecondition: precondition(Self.hidden(false), "a precondition of the plugin")
    case .fatalErrorCalled: fatalError("the plugin gives up")
    case .divisionByZero: _ = Self.hidden(Self.hidden(1) / Self.hidden(0))
    case .endlessRecursion: _ = Self.hidden(Self.depth(Self.hidden(1)))
    case .unownedGone: _ = Self.hidden(Self.gone())
    case .exclusivityViolation: Self.overlap()
    case .negativeRange: _ = Self.hidden(Self.hidden(3)..<Self.hidden(1))
    case .dictionaryOfDuplicates: _ = Self.hidden(Dictionary(uniqueKeysWithValues: [(1, 1), (Self.hidden(1), 2)]))
    case .misalignedLoad: UnsafeMutablePointer<Int>(bitPattern: Self.hidden(8))?.pointee = 1
    case .spinning: while Self.hidden(true) {}
    case .sleeping: while Self.hidden(true) { sleep(600) }
    case .exiting: exit(0)
    case .foreignError: throw Foreign()
    }
  }

  private struct Foreign: Error {}

  private static func fail() throws { throw Foreign() }

  @inline(never) private static func depth(_ level: Int) -> Int {
    hidden(level) == 0 ? 0 : level + hidden(depth(level + 1))
  }

  private static func gone() -> Int {
    final class Counter { var count = 1 }
    unowned let counter: Counter
    do {
      let owned = Counter()
      counter = owned
      _ = hidden(owned)
    }
    return hidden(counter).count
  }

  private final class Shared { var values = [1, 2, 3] }

  private static func overlap() {
    let shared = hidden(Shared())
    change(&shared.values) { shared.values.append(4) }
  }

  @inline(never) private static func change(_ values: inout [Int], _ body: () -> Void) {
    body()
    values.append(5)
  }
}
