import HostModel
import HostPluginCalls
import HostSystem
import Synchronization

/// Starts workers that lie (`Tests/FuzzWorker`), each in its own way.
final class FuzzedSpawner: WorkerSpawner {
  static let program = Built.folder + "/fuzz-worker"
  /// Its thread stays for the rest of the process, so there is one.
  private static let spawner = SystemWorkerSpawner()

  private let plan: FuzzPlan
  private let starts = Mutex(0)

  init(_ plan: FuzzPlan) { self.plan = plan }

  /// Each second start is of a worker in store: without one, what a worker does follows from its number.
  func start(_ request: WorkerRequest) throws(Failure) -> any WorkerProcess {
    let start = starts.withLock { starts in
      starts += 1
      return starts
    }
    guard start % 2 == 1 else { throw Failure(.run, "there is no store") }
    var request = request
    request.environment["HEADRACE_FUZZ"] = plan.lies(of: start / 2)
    request.environment["HEADRACE_FUZZ_WORKER"] = Built.folder + "/headrace-worker"
    return try Self.spawner.start(request)
  }

  func makeMonitor() -> any Monitor { Self.spawner.makeMonitor() }
}

/// What is done in a round, and how its workers lie: all of it follows from the seed.
struct FuzzPlan: Sendable, CustomStringConvertible {
  enum Kind: String, CaseIterable, Sendable { case source, transform, detector, format, model }

  let seed: UInt64
  let kind: Kind
  let trick: String
  private let after: Int
  private let times: Int

  /// As `Tests/FuzzWorker` names them; those that change what is told of rows stand for two.
  static let tricks = [
    "honest", "flip", "number", "status", "truncate", "extend", "length", "layout", "rows", "shapes", "returned",
    "attach",
    "repeat", "early", "stale", "requests", "flood", "scribble", "holes", "descriptors", "halves", "silence", "quit",
    "babble", "layout", "number", "scribble", "flip",
  ]

  init(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    self.seed = seed
    trick = Self.tricks[Int(seed % UInt64(Self.tricks.count))]
    let kinds: [Kind] = [
      .source, .source, .source, .source, .transform, .transform, .transform, .detector, .format, .model,
    ]
    kind = kinds.randomElement(using: &random) ?? .source
    // One round in six begins to lie before there is an instance; a start is waited for too long to be left unanswered.
    let isEarly = Int.random(in: 0..<6, using: &random) == 0
    let first = ["silence", "length", "attach", "halves"].contains(trick) ? 1 : 0
    after = Int.random(in: isEarly ? first...1 : 2...9, using: &random)
    times = Int.random(in: 0..<3, using: &random) == 0 ? 1000 : 1
  }

  /// How long a call may take: one that lies may never answer, and one that does not has all the time that its machine needs.
  var patience: Duration { .seconds(trick == "honest" ? 120 : 1) }

  /// What a worker does: those that come after the first lie more seldom, so that some of them save the round.
  func lies(of generation: Int) -> String {
    let seed = self.seed &* 64 &+ UInt64(generation)
    var random = SplitMix64(seed: seed)
    let isHonest = generation > 0 && (trick == "silence" || Int.random(in: 0..<3, using: &random) > 0)
    return "\(seed) \(isHonest ? "honest" : trick) \(after) \(times)"
  }

  var description: String {
    "seed \(seed): a \(kind) whose worker lies by '\(trick)' after \(after) answers, \(times) times"
  }
}
