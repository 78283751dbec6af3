import Foundation
import HostModel
import HostSystem
import Testing
import TestSupport

/// Workers that lie in every way there is: whatever they send, and whatever they do to the memory that they share, the host goes
/// on, and delivers batches that are right in themselves or says why there are none.
@Suite struct WorkerFuzzTests {
  private static let isSoak = ProcessInfo.processInfo.environment["HEADRACE_SOAK"] == "1"
  private static let count = isSoak ? 20_000 : 420
  /// Most rounds wait for a process to start or for a deadline.
  private static let lanes = 6
  /// Other tests of this process open and close things meanwhile; one that each round left would be more.
  private static let (otherDescriptors, otherKilobytes) = (200, 512 << 10)

  /// What came of the rounds.
  private struct Tally {
    var outcomes: [String: [FuzzRound.Outcome: Int]] = [:]
    var withInstance = 0
    var withResults = 0
    var rounds = 0
    var changing = 0
    var wrong: [String] = []

    mutating func add(_ round: FuzzRound) {
      rounds += 1
      changing += round.changing
      outcomes[round.plan.trick, default: [:]][round.outcome, default: 0] += 1
      if round.hasInstance { withInstance += 1 }
      if round.results > 0 { withResults += 1 }
      if let broken = round.broken { wrong.append("\(round.plan): \(broken)") }
      guard let failure = round.failure else { return }
      if failure.message.isEmpty || failure.status == nil {
        wrong.append("\(round.plan): it does not say why it failed")
      }
      if failure.message.contains("a seal did not hold") { wrong.append("\(round.plan): \(failure.message)") }
    }

    func count(_ outcome: FuzzRound.Outcome) -> Int { outcomes.values.reduce(0) { $0 + ($1[outcome] ?? 0) } }

    func show() {
      func line(_ count: (FuzzRound.Outcome) -> Int) -> String {
        FuzzRound.Outcome.allCases.map { "\($0) \(count($0))" }.joined(separator: ", ")
      }
      print("fuzz: \(rounds) rounds, \(withInstance) with an instance, \(withResults) with results: \(line(count))")
      print("fuzz: \(changing) batches had values that changed while somebody used them, and nothing else that did")
      for (trick, found) in outcomes.sorted(by: { $0.key < $1.key }) {
        print("fuzz: \(trick): \(line { found[$0] ?? 0 })")
      }
    }
  }

  @Test func aWorkerThatLiesCostsNobodyElse() throws {
    let folder = try TestFolder()
    let library = try ScriptedLibrary(in: folder)
    for kind in 0..<20 {
      _ = FuzzRound.run(FuzzPlan(seed: UInt64(kind * FuzzPlan.tricks.count)), library, RealHost(folder))
    }
    let before = Footprint.least()
    let tally = try run(SimulationSeeds.first(Self.count), library, folder)
    tally.show()
    try expectChanges(in: tally, library, folder)
    #expect(tally.wrong.isEmpty, "\(tally.wrong.joined(separator: "\n"))")
    try eventually("the workers are gone") { Footprint.processes("", on: library.path).isEmpty }
    var after = Footprint.least()
    func isMore() -> Bool {
      after.descriptors > before.descriptors + Self.otherDescriptors
        || after.kilobytes > before.kilobytes + Self.otherKilobytes
    }
    for _ in 0..<200 where isMore() { after = Footprint.least() }
    print("fuzz: \(before), then \(after)")
    #expect(!isMore())
    guard tally.rounds == Self.count else { return }
    #expect(tally.withInstance * 5 > tally.rounds * 3 && tally.withResults * 5 > tally.rounds * 2)
    for outcome in FuzzRound.Outcome.allCases { #expect(tally.count(outcome) > 0, "no round ended as \(outcome)") }
    #expect(tally.outcomes["honest"]?.keys.map { $0 } == [.whole])
  }

  /// Where the writer seldom has its turn beside the reader, as on one busy processor, that may take more of its rounds.
  private func expectChanges(in tally: Tally, _ library: ScriptedLibrary, _ folder: TestFolder) throws {
    guard tally.rounds == Self.count, tally.changing == 0 else { return }
    let more = (1...10_000).lazy.map { UInt64(Self.count + $0) }.filter { FuzzPlan(seed: $0).trick == "scribble" }
    let host = RealHost(folder)
    let isMet = more.contains { FuzzRound.run(FuzzPlan(seed: $0), library, host).changing > 0 }
    #expect(isMet, "nobody wrote while somebody read")
  }

  /// Were a round the end of this process, the last of these lines would name the seeds to replay: nothing of them is buffered.
  private func tell(_ line: String) {
    let bytes = Array(line.utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
  }

  private func run(_ seeds: [UInt64], _ library: ScriptedLibrary, _ folder: TestFolder) throws -> Tally {
    let (tally, queue) = (Shared(Tally()), Shared(seeds[...]))
    let handles = try (0..<Self.lanes).map { number in
      try SystemLanes().start("fuzz-\(number)") {
        let host = RealHost(folder)
        while let seed = queue.change({ $0.popFirst() }) {
          if seed % 20 == 0 { tell("fuzz: SIM_SEED up to \(seed)\n") }
          let round = FuzzRound.run(FuzzPlan(seed: seed), library, host)
          tally.change { $0.add(round) }
        }
      }
    }
    for handle in handles { handle.join() }
    return tally.current
  }
}
