import HostFormats
import HostGate
import HostModel
import HostPluginCalls
import HostPluginRuntime
import HostPolicy
import Synchronization

/// A provider in its chain: its plugin, loaded, and instances that are made when the first question comes and again after
/// one has been lost. One question at a time, and its copies.
final class Provider: Sendable {
  /// An instance, and the guard that tells once it was given up: after the breaker has learnt of it, so that whoever is told does
  /// not ask the same provider again.
  private struct Member: Sendable {
    let instance: LLMInstance
    let lane: LaneGuard
  }

  /// A copy of the question, on its way.
  private struct Copy: Sendable {
    let member: Member
    let cancellation: Cancellation
  }

  let dependency: Dependency
  private let stage: PlannedStage
  private let context: InstanceContext
  private let host: ProviderHost
  private let idle = Mutex<[Member]>([])
  private let underWay = Mutex<[HedgedCall.Copy: Copy]>([:])
  /// Lets the levels know of the provider before it is asked: of two, one that fails is not all.
  private let presence: CallSite

  init(
    _ name: String, _ host: ProviderHost, behaviour: StageBehaviour, origin: CallOrigin, cancellation: Cancellation
  ) throws(Failure) {
    guard let section = host.sections.providers[name] else {
      throw Failure(.invalidInput, "there is no provider \(quoted(name))", advice: "define it under 'providers'")
    }
    self.host = host
    stage = try host.registry.stage(
      plugin: section.plugin, .llm, config: section.config, policy: section.policy, platform: host.policy)
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

  /// - Parameter mayRetry: whether the gate may repeat a failed attempt.
  func complete(_ prompt: Prompt, mayRetry: Bool, deadline: Instant) -> HedgedQuestion.End {
    let question = HedgedQuestion(
      stage.policy.hedging?.policy, dependency, clock: host.clock, lanes: host.lanes, deadline: deadline)
    let copies = HedgedQuestion.Copies { [self] copy in
      guard let copy = underWay.withLock({ $0[copy] }) else { return }
      copy.cancellation.cancel()
      copy.member.instance.cancelCall()
    } isLost: { [self] copy in
      underWay.withLock { $0[copy] }?.member.lane.isLost ?? false
    }
    // Only the first is repeated: what a copy is for is over when its attempt is.
    return question.run({ [self] in ask($0, prompt, mayRetry && $0 == .primary, deadline) }, copies)
  }

  private func ask(
    _ copy: HedgedCall.Copy, _ prompt: Prompt, _ mayRetry: Bool, _ deadline: Instant
  ) -> HedgedQuestion.End {
    do throws(Failure) {
      let member = try takeMember()
      let instance = member.instance
      let own = Copy(member: member, cancellation: Cancellation())
      let chain = context.cancellation.onCancel { own.cancellation.cancel() }
      underWay.withLock { $0[copy] = own }
      defer {
        context.cancellation.remove(chain)
        underWay.withLock { all in if all[copy]?.member.instance === instance { all[copy] = nil } }
        giveBack(member)
      }
      let (result, answer) = try instance.complete(
        prompt, mayRetry: mayRetry, deadline: deadline, cancellation: own.cancellation)
      let message = result.isSuccess ? nil : instance.failure(result).statement
      return (FallbackAttempt(result, message: message), answer)
    } catch {
      // An instance is made through the gate, too.
      let refusal = error.status == .rejected ? dependency.refusal : nil
      return (FallbackAttempt(error.status ?? .fatal, message: error.statement, rejection: refusal), nil)
    }
  }

  private func takeMember() throws(Failure) -> Member {
    if let member = idle.withLock({ $0.popLast() }) { return member }
    // Nobody has to be woken: who waits for an answer looks now and then.
    let lane = LaneGuard(name: "question") { _ in }
    var context = context
    context.lane = lane
    let instance = try LLMInstance(stage.plugin, config: stage.configText, context: context, host: host.services)
    return Member(instance: instance, lane: lane)
  }

  /// One that is bound to a thread ends with the copy, on its thread: the next copy comes from another.
  private func giveBack(_ member: Member) {
    guard member.instance.isUsable, !member.instance.isThreadBound else { return }
    idle.withLock { $0.append(member) }
  }
}
