package import HostCache
import HostFormats
package import HostGate
package import HostModel
package import HostPluginCalls
package import HostPluginRuntime
package import HostPolicy
package import HostPolicyFile

/// An answer, and who gave it.
package struct ProviderAnswer: Sendable {
  /// nil if no link had one: the feature then goes on in a lesser variant, or the call failed.
  package let completion: Completion?
  /// How it came about, link by link.
  package let ending: FallbackEnding
}

/// What chains are made of, the same for all of them.
package struct ProviderHost: Sendable {
  package var gate: Gate
  package var clock: any Clock
  package var lanes: any Lanes
  package var registry: PluginRegistry
  package var services: PluginServices
  package var sections: FallbackSections
  package var policy: PolicySection
  /// Where answers are kept; nil keeps none.
  package var answers: AnswerStore?
  /// Told of what does not fail a call: an answer that cannot be kept.
  package var warn: @Sendable (Failure) -> Void

  package init(
    gate: Gate, clock: any Clock, lanes: any Lanes, registry: PluginRegistry, services: PluginServices,
    sections: FallbackSections, policy: PolicySection, answers: AnswerStore?,
    warn: @escaping @Sendable (Failure) -> Void
  ) {
    self.gate = gate
    self.clock = clock
    self.lanes = lanes
    self.registry = registry
    self.services = services
    self.sections = sections
    self.policy = policy
    self.answers = answers
    self.warn = warn
  }
}

/// A proven chain of providers of a language model. Used by one thread at a time.
package final class ProviderChain {
  package let name: String
  package let proof: FallbackProof
  private let host: ProviderHost
  private let cancellation: Cancellation
  private let providers: [String: Provider]
  private let runner: FallbackRunner

  /// - Parameter origin: whose level the calls follow, beside the platform's.
  /// - Throws: what is wrong with the chain or with a provider's plugin or configuration; nothing is called.
  package init(
    _ name: String, _ host: ProviderHost, origin: CallOrigin, cancellation: Cancellation
  ) throws(Failure) {
    self.name = name
    self.host = host
    self.cancellation = cancellation
    do throws(FallbackMistakes) { proof = try host.sections.proof(name) } catch {
      throw Failure(
        .invalidInput, "the chain \(quoted(name)): \(error.problems.map(\.description).joined(separator: "; "))")
    }
    var providers: [String: Provider] = [:]
    for provider in proof.providers {
      providers[provider] = try Provider(
        provider, host, behaviour: proof.stage, origin: origin, cancellation: cancellation)
    }
    self.providers = providers
    runner = FallbackRunner(
      proof, dependencies: providers.mapValues(\.dependency), gate: host.gate, scope: host.gate.pipeline(origin),
      retry: host.policy.retry(.llmInference), isRepeatable: true)
  }

  /// Asks along the chain. Blocks.
  package func ask(_ prompt: Prompt, deadline: Instant = .distantFuture) -> ProviderAnswer {
    let key = AnswerKey.of(prompt, chain: name)
    var completion: Completion?
    let ending = runner.ask(deadline: deadline, cancellation: cancellation) { provider, mayRetry in
      guard let asked = providers[provider] else { return FallbackAttempt(.fatal) }
      let (attempt, answer) = asked.complete(prompt, mayRetry: mayRetry, deadline: deadline)
      completion = answer
      return attempt
    } lookUp: {
      guard let kept = attempt({ () throws(Failure) in try host.answers?.lookUp(key) }) ?? nil else { return nil }
      completion = Completion(text: String(decoding: kept.content, as: UTF8.self))
      return CachedAnswer(key: key, content: kept.content, answeredAt: instant(of: kept.answeredAt))
    }
    guard case .answered(_, let age) = ending.conclusion else { return ProviderAnswer(completion: nil, ending: ending) }
    if age == nil, let text = completion?.text { keep(text, key) }
    return ProviderAnswer(completion: completion, ending: ending)
  }

  private func keep(_ text: String, _ key: String) {
    let answer = AnswerStore.Answer(content: Array(text.utf8), answeredAt: host.clock.wallTime())
    _ = attempt { () throws(Failure) in try host.answers?.store(key, answer) }
  }

  /// When something was on our monotonic clock, by how long ago it was on the wall's.
  private func instant(of time: WallTime) -> Instant {
    let age = host.clock.wallTime().microseconds - time.microseconds
    return host.clock.now().advanced(by: .zero - .microseconds(max(0, age)))
  }

  /// The cache is only of use: what goes wrong with it fails no call.
  private func attempt<R>(_ body: () throws(Failure) -> R) -> R? {
    do throws(Failure) { return try body() } catch {
      host.warn(error)
      return nil
    }
  }
}
