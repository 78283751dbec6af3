import HostFormats
import HostGate
import HostModel
import HostPluginCalls
import HostPluginRuntime
import HostPolicy

/// A provider in its chain: its plugin, loaded, and an instance that is made when the first question comes and again after
/// it has been lost. Used by one thread at a time.
final class Provider {
  let dependency: Dependency
  private let stage: PlannedStage
  private let context: InstanceContext
  private let services: PluginServices
  private var instance: LLMInstance?
  /// Lets the levels know of the provider before it is asked: of two, one that fails is not all.
  private let presence: CallSite

  init(
    _ name: String, _ host: ProviderHost, behaviour: StageBehaviour, origin: CallOrigin, cancellation: Cancellation
  ) throws(Failure) {
    guard let section = host.sections.providers[name] else {
      throw Failure(.invalidInput, "there is no provider \(quoted(name))", advice: "define it under 'providers'")
    }
    stage = try host.registry.stage(
      plugin: section.plugin, .llm, config: section.config, policy: section.policy, platform: host.policy)
    services = host.services
    dependency = host.gate.dependency(stage.dependency, stage.policy.gate)
    // Whoever has other links waits neither for a breaker nor for a level.
    let tuning = CallTuning(
      retry: stage.policy.retry(.llmInference), timeout: stage.policy.timeout(.llmInference), breakerWait: .zero,
      levelWait: .zero)
    context = InstanceContext(
      dependency: dependency, origin: origin, pipeline: host.gate.pipeline(origin), operation: .llmInference,
      behaviour: behaviour, tuning: tuning, cancellation: cancellation)
    presence = CallSite(
      dependency, operation: .llmInference, feature: behaviour.feature, variant: behaviour.variant, isIdempotent: true,
      origin: origin, pipeline: context.pipeline, retry: tuning.retry, timeout: tuning.timeout)
  }

  func complete(_ prompt: Prompt, mayRetry: Bool, deadline: Instant) -> (FallbackAttempt, Completion?) {
    do throws(Failure) {
      let instance = try usable()
      let (result, answer) = try instance.complete(prompt, mayRetry: mayRetry, deadline: deadline)
      return (FallbackAttempt(result, message: result.isSuccess ? nil : instance.failure(result).message), answer)
    } catch { return (FallbackAttempt(error.status ?? .fatal, message: error.message), nil) }
  }

  private func usable() throws(Failure) -> LLMInstance {
    if let instance, instance.isUsable { return instance }
    let made = try LLMInstance(stage.plugin, config: stage.configText, context: context, host: services)
    instance = made
    return made
  }
}
