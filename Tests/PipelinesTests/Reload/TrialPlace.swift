import HostModel
import HostPluginCalls

@testable import HostFormats
@testable import HostPipelines
@testable import HostPluginRuntime

/// A transform's place with plugins that are names. Used on one thread.
final class TrialPlace {
  final class Instance {
    let name: String
    var batches = 0
    init(_ name: String) { self.name = name }
  }

  /// Plugins in their rehearsal or not, and `make` before those that cannot even be made.
  var failing: Set<String> = []
  var status = Status.fatal
  private(set) var made: [String] = []
  private(set) var takenBack: [String] = []
  private let book = StageBook()

  func lane() throws(Failure) -> StageSeat<Instance> {
    try StageSeat(
      book, stage("old"), whenTakenBack: { [self] stage, _ in takenBack.append(name(stage)) }
    ) { [self] (stage) throws(Failure) in
      try check("make " + name(stage))
      made.append(name(stage))
      return Instance(name(stage))
    }
  }

  /// Between two batches, and one by whoever does it.
  func batch(_ lane: StageSeat<Instance>) throws(Failure) -> String {
    try lane.changeOver()
    return try use(lane)
  }

  func use(_ lane: StageSeat<Instance>) throws(Failure) -> String {
    try lane.use { (instance) throws(Failure) in
      try check(instance.name)
      instance.batches += 1
      return instance.name
    }
  }

  func offer(_ name: String) {
    let stage = stage(name)
    book.replace(
      self.stage("old"),
      by: StageBook.Candidate(stage: stage, rehearsal: stage.aside(.rehearsal), offer: offered(name)))
  }

  func isDeclined(_ name: String) -> Bool { book.hasDeclined(offered(name), for: stage("old")) }

  private func offered(_ name: String) -> PluginOffer {
    var trust = TrustStore()
    trust.revocations = [TrustStore.Revocation(name, reason: "")]
    return PluginOffer(trust)
  }

  private func check(_ what: String) throws(Failure) {
    if failing.contains(what) { throw Failure(.run, what, status: status) }
  }

  private func name(_ stage: PlannedStage) -> String { stage.name + (stage.aside == nil ? "" : " rehearsing") }

  private func stage(_ name: String) -> PlannedStage {
    let place = SourcePlace(file: "p.yaml", line: 1, column: 1)
    guard let placement = Placement(asked: nil, trust: .unsigned, isLetIn: false) else {
      preconditionFailure("a stranger that asks for nothing is placed")
    }
    return PlannedStage(
      plugin: NoPlugin.loaded, placement: placement, name: name, kind: .transform,
      configuration: NoPlugin.configuration, place: place,
      endpoint: "", policy: .init(), behaviour: PluginKind.transform.behaviour,
      statement: PlannedStage.Statement(config: YAMLNode(.mapping([]), at: place)))
  }
}

/// A plugin that nobody starts.
private enum NoPlugin {
  private struct Spawner: WorkerSpawner {
    func start(_ request: WorkerRequest) throws(Failure) -> any WorkerProcess {
      throw Failure(.environment, "there are no workers")
    }

    func makeMonitor() -> any Monitor { preconditionFailure("nobody waits") }
  }

  static let loaded = LoadedPlugin(
    remote: RemoteLibrary(
      path: "", description: PluginDescription(name: "none", version: "1.0.0", abiVersion: 1, kinds: [:]), worker: "",
      environment: [:], confinement: .none, spawner: Spawner()))

  static let configuration = PluginConfiguration(json: .object([:]), redacted: .object([:]))
}
