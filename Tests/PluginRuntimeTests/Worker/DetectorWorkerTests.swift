import Glibc
import HostModel
@testable import HostPluginCalls
import HostSystem
import TestSupport
import Testing

/// A detector that learns, here and in workers, and the places where it breaks off: see learns.c.
private struct Learner {
  let host: RealHost
  let here: LoadedPlugin
  let there: LoadedPlugin
  private let folder: TestFolder
  private var marks: String { folder.path + "/marks" }

  init(flags: [String] = []) throws {
    folder = try TestFolder()
    mkdir(folder.path + "/marks", 0o700)
    host = RealHost(folder)
    let path = folder.path + "/liblearns.so"
    try Built.compile(
      "Tests/Plugins/Broken/learns.c", to: path, flags: ["-fPIC", "-shared", "-D_GNU_SOURCE"] + flags)
    here = try LoadedPlugin(path: path)
    there = LoadedPlugin(path, inWorkersLike: here)
  }

  func detector(
    _ plugin: LoadedPlugin, at places: String = "", stateBytes: Int = 32, saveFailsFrom: Int = -1, refuses: Bool = false
  ) throws -> DetectorInstance {
    let config = """
      {"at": "\(places)", "marks": "\(marks)", "state_bytes": \(stateBytes), "save_fails_from": \(saveFailsFrom), \
      "refuses": \(refuses)}
      """
    return try DetectorInstance(
      plugin, config: config, stream: "numbers", schema: ExportedSchema(numbers), context: host.context(),
      host: host.services)
  }

  /// The places where something has happened.
  var happened: Set<String> {
    get throws { Set(try SystemFiles().list(marks).map { $0.replacing("-", with: ":") }) }
  }

  var retries: Int {
    host.events.current.count { event in
      if case .dependency(_, .retry) = event.kind { return true }
      return false
    }
  }
}

/// The batches of a run, and what becomes of the workers meanwhile.
private struct Disturbances: CustomStringConvertible {
  var sizes: [Int]
  /// Where the plugin breaks off, by the batches before.
  var places: [String] = []
  /// Before which batches the worker is killed from outside.
  var kills: [Int] = []
  /// What earlier runs have taught.
  var state: [UInt8]?

  init(_ generator: inout SeededGenerator) {
    sizes = (0..<24).map { _ in Int.random(in: 0...300, using: &generator) }
    // No call fails more than twice, which is what the host repeats.
    for batch in sizes.indices where Bool.random(using: &generator) {
      let kinds = ["outside", "before", "learnt", "save", "transient"].shuffled(using: &generator)
      for kind in kinds.prefix(Int.random(in: 1...2, using: &generator)) {
        if kind == "outside" { kills.append(batch) } else { places.append("\(batch):\(kind)") }
      }
    }
    places.append("\(sizes.count):finish")
    if places.count % 2 == 0 { state = [7, 0, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 24) }
  }

  var undisturbed: Disturbances {
    var calm = self
    (calm.places, calm.kills) = ([], [])
    return calm
  }

  var description: String { "\(sizes), from \(state ?? []), broken off at \(places), killed before \(kills)" }
}

/// What comes of a run.
private struct Found: Equatable {
  var findings: [[Finding]] = []
  var state: [UInt8]?
}

@Suite struct DetectorWorkerTests {
  private static func lost(_ cause: String) -> String {
    "plugin 'learns': inspect: what it had learnt was lost when its worker process ended in 'inspect'\(cause); the next run"
      + " goes on from the last commit"
  }

  private func run(_ detector: DetectorInstance, _ run: Disturbances) throws -> Found {
    var found = Found()
    if let state = run.state { try detector.restore(state) }
    for (batch, size) in run.sizes.enumerated() {
      if run.kills.contains(batch) { try detector.endWorker() }
      found.findings.append(try detector.inspect(numbersBatch(rows: size)))
    }
    found.findings.append(try detector.finish(rows: run.sizes.reduce(0, +), at: WallTime(microseconds: 0)))
    found.state = try detector.save()
    return found
  }

  /// Whatever becomes of its workers, no finding is lost, doubled or another one, and in the end it knows the same.
  @Test func killedAtAnyPlaceItFindsAndKnowsTheSame() throws {
    try SimulationSeeds.forEach(8) { seed in
      var generator = SeededGenerator(seed: seed)
      let disturbances = Disturbances(&generator)
      let learner = try Learner()
      let expected = try run(try learner.detector(learner.here), disturbances.undisturbed)
      let offset = disturbances.state == nil ? 0 : 7
      let places = disturbances.places.map { place in
        let parts = place.split(separator: ":")
        return "\((Int(parts[0]) ?? 0) + offset):\(parts[1])"
      }
      let found = try run(
        try learner.detector(learner.there, at: places.joined(separator: " ")), disturbances)
      guard found == expected else { throw TestFailure("\(disturbances): \(found), not \(expected)") }
      guard try learner.happened == Set(places) else {
        throw TestFailure("\(disturbances): only \(try learner.happened) happened")
      }
      let wanted = disturbances.places.count + disturbances.kills.count
      guard learner.retries == wanted else { throw TestFailure("\(learner.retries) retries, not \(wanted)") }
      print("detector: seed \(seed): \(wanted) ends of a worker in \(disturbances.sizes.count) batches")
    }
  }

  /// A worker that dies while it is reminded is one more that has died.
  @Test func aWorkerThatDiesInRestoreIsReplacedToo() throws {
    let learner = try Learner()
    let detector = try learner.detector(learner.there, at: "2:learnt 2:restore", stateBytes: 1 << 20)
    let sums = try (0..<4).map { _ in try detector.inspect(numbersBatch(rows: 3))[0].observed }
    #expect(sums == [3, 6, 9, 12] && learner.retries == 2)
    #expect(try learner.happened == ["2:learnt", "2:restore"])
  }

  @Test func whatItCouldNotSaveIsToldAsLostWithTheReason() throws {
    let cases: [(saveFailsFrom: Int, stateBytes: Int, reason: String)] = [
      (2, 32, "transient: the learner has no room for it"),
      (-1, (1 << 20) + 1, "it returned 1048577 bytes; 1048576 is the most"),
    ]
    for (saveFailsFrom, stateBytes, reason) in cases {
      let learner = try Learner()
      let detector = try learner.detector(
        learner.there, at: "3:learnt", stateBytes: stateBytes, saveFailsFrom: saveFailsFrom)
      for _ in 0..<3 { _ = try detector.inspect(numbersBatch(rows: 3)) }
      let told = failure { _ = try detector.inspect(numbersBatch(rows: 3)) }
      let lost = Self.lost(", after its 'save' had failed: \(reason)")
      #expect(told?.status == .fatal && told?.message == "\(lost) (2 attempts)", "\(told as Any)")
    }
  }

  /// It may fail for a batch or two and go on: only who dies then has lost something.
  @Test func aStateThatIsTooLargeIsRefusedInBothIsolations() throws {
    let learner = try Learner()
    for plugin in [learner.here, learner.there] {
      let detector = try learner.detector(plugin, stateBytes: 5 << 20)
      #expect(try detector.inspect(numbersBatch(rows: 3))[0].observed == 3)
      let told = failure { _ = try detector.save() }
      let what = "plugin 'learns': save: it returned 5242880 bytes; 1048576 is the most"
      #expect(told?.status == .fatal && told?.message == what, "\(told as Any)")
    }
  }

  @Test func aRefusalToTakeItBackEndsTheInstanceAndSaysWhy() throws {
    let learner = try Learner()
    let detector = try learner.detector(learner.there, at: "1:before", refuses: true)
    _ = try detector.inspect(numbersBatch(rows: 3))
    let told = failure { _ = try detector.inspect(numbersBatch(rows: 3)) }
    let what = "a new worker process does not take back what the last one had learnt: a state of another version"
    let message = "plugin 'learns': inspect: \(what) (2 attempts)"
    #expect(told?.status == .fatal && told?.message == message, "\(told as Any)")
    #expect(!detector.isUsable)
  }

  /// Nobody knows what a detector knows that cannot say it.
  @Test func withoutSaveWhatItHadLearntIsLostWithItsWorker() throws {
    let learner = try Learner(flags: ["-DFORGETFUL"])
    let detector = try learner.detector(learner.there, at: "1:learnt")
    #expect(try detector.save() == nil)
    _ = try detector.inspect(numbersBatch(rows: 3))
    let told = failure { _ = try detector.inspect(numbersBatch(rows: 3)) }
    #expect(told?.status == .crashed && learner.retries == 0, "\(told as Any)")
    let then = failure { _ = try detector.inspect(numbersBatch(rows: 3)) }
    #expect(then?.status == .fatal && then?.message == Self.lost(""), "\(then as Any)")
  }

  /// In the host's own process a call that failed may have been learnt from.
  @Test func inTheHostsProcessNoCallIsRepeated() throws {
    let learner = try Learner()
    let detector = try learner.detector(learner.here, at: "0:transient")
    #expect(failure { _ = try detector.inspect(numbersBatch(rows: 3)) }?.status == .transient)
    #expect(learner.retries == 0)
  }
}
