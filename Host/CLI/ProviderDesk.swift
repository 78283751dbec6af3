import HostCache
import HostControl
import HostFormats
import HostGate
import HostIntelligence
import HostModel
import HostPluginCalls
import HostPolicy

/// A chain of providers as a process uses it: with the levels and breakers that earlier processes left, measured while it
/// is used and remembered afterwards. `status` and `why` know it as `fallback:NAME`.
struct ProviderDesk {
  let chain: ProviderChain
  let origin: CallOrigin
  private let composition: Composition
  private let resilience: ResilienceService

  init(_ name: String, _ composition: Composition, cancellation: Cancellation) throws(Failure) {
    let known = composition.settings.fallback.chains.keys.sorted()
    guard known.contains(name) else {
      throw Failure(
        .invalidInput, "there is no chain \(quoted(name))",
        advice: EditDistance.suggestion(for: name, among: known)
          ?? (known.isEmpty
            ? "define it under 'fallback' in headrace.yaml" : "there are \(choices(known, joinedBy: "and"))"))
    }
    self.composition = composition
    let title = "fallback:\(name)"
    origin = CallOrigin(tenant: .standard, sourceID: SourceID(derivedFrom: title), pipeline: title)
    let monitor = DegradationMonitor(composition.gate, composition.settings.policy.degradation.configuration)
    // Without streams and without a queue.
    let board = RunBoard(pipeline: title, startedAt: composition.clock.wallTime())
    resilience = composition.resilience(
      for: origin, monitor, composition.settings.policy.degradation.configuration,
      queueDepth: { board.queueDepth.workable }, status: { board.json })
    // What earlier processes knew counts for dependencies that are made afterwards.
    resilience.restore()
    chain = try ProviderChain(name, composition.providerHost(), origin: origin, cancellation: cancellation)
  }

  func start() throws(Failure) {
    try resilience.start(on: composition.lanes)
  }

  func ask(_ prompt: Prompt) -> ProviderAnswer { chain.ask(prompt) }

  func stop(isSuccess: Bool) { resilience.stop(isSuccess ? "succeeded" : "failed") }
}

extension Composition {
  /// What chains of providers are made of.
  func providerHost() throws(Failure) -> ProviderHost {
    ProviderHost(
      gate: gate, clock: clock, lanes: lanes, registry: registry, services: services(), sections: settings.fallback,
      policy: settings.policy, answers: answers()
    ) { Terminal.line("warning: \($0)", to: .error) }
  }

  /// A cache that cannot be used is told and done without.
  private func answers() -> AnswerStore? {
    do throws(Failure) {
      let folder = home + "/cache"
      try files.createDirectory(folder)
      return try AnswerStore(path: folder + "/answers.db")
    } catch {
      Terminal.line("warning: \(error); earlier answers are not used", to: .error)
      return nil
    }
  }
}
