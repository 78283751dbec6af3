import CHeadrace
import Glibc
import HostGate
import HostModel
import HostPolicy

/// A configured plugin of one kind. Used by one lane at a time.
package class PluginInstance: @unchecked Sendable {
  // One lane calls at a time, as the ABI asks for; cancelling and looking from other threads goes through the slot.
  package let plugin: LoadedPlugin
  package let context: InstanceContext
  let factory: headrace_factory
  let handle: OpaquePointer
  let services: HostServices
  let slot: CallSlot
  let watchdog: Watchdog
  let repeatable: CallSite
  let unrepeatable: CallSite
  /// For what is no work, and is therefore done at every level.
  let administrative: CallSite
  private let registration: Cancellation.Registration
  /// The thread that all calls have to come from; nil if they may come from changing ones.
  private let boundThread: pthread_t?

  /// The number of the process that it runs in; nil for this one. Between two calls.
  package var workerProcess: Int32? { plugin.isWorker ? RemoteInstance.of(handle)?.worker?.processID : nil }

  init(
    _ plugin: LoadedPlugin, _ table: UnsafePointer<headrace_factory>?, kind: String, config: String,
    context: InstanceContext, services: HostServices, watchdog: Watchdog
  ) throws(Failure) {
    let factory = try readFactory(table, kind: kind, path: plugin.description.name)
    let ownRetries = factory.flags & UInt32(HEADRACE_INSTANCE_RETRIES) != 0
    let administrative = context.site(context.behaviour.administration, isIdempotent: !ownRetries)
    let slot = CallSlot(
      plugin: plugin.description.name, dependency: context.dependency.key.plugin, lane: context.lane,
      library: plugin.control, cancellation: context.cancellation, clock: services.provider.clock)
    try watchdog.add(slot)
    let handle: OpaquePointer
    do throws(Failure) {
      handle = try create(
        factory, plugin: plugin, config: config, services: services, site: administrative, slot, context)
    } catch {
      watchdog.remove(slot)
      throw error
    }
    self.plugin = plugin
    self.context = context
    self.factory = factory
    self.services = services
    self.watchdog = watchdog
    self.administrative = administrative
    repeatable = context.site(context.behaviour, isIdempotent: !ownRetries)
    unrepeatable = context.site(context.behaviour, isIdempotent: false)
    self.handle = handle
    self.slot = slot
    boundThread = factory.flags & UInt32(HEADRACE_INSTANCE_THREAD_BOUND) != 0 ? pthread_self() : nil
    // The instance outlives every cancel: `close` comes before `destroy`, under the slot's lock.
    let address = UInt(bitPattern: handle)
    let cancel = factory.cancel
    slot.arm { cancel?(OpaquePointer(bitPattern: address)) }
    registration = context.cancellation.onCancel { slot.cancelCall() }
  }

  /// Whether the instance can be called; false after `fatal` and after a call that did not return.
  package var isUsable: Bool { slot.isUsable }

  /// Whether every call has to come from the thread that made the instance.
  package var isThreadBound: Bool { boundThread != nil }

  private var isOnItsThread: Bool { boundThread.map { pthread_equal($0, pthread_self()) != 0 } ?? true }

  /// Whether the instance, and what it has made, may be freed now. Otherwise it is left as it is, on purpose: an abandoned
  /// call still runs in it, or it may not be called from this thread.
  var mayBeFreed: Bool { !slot.isAbandoned && isOnItsThread }

  deinit {
    context.cancellation.remove(registration)
    watchdog.remove(slot)
    slot.close()
    if mayBeFreed {
      factory.destroy(handle)
      plugin.endUse()
    } else {
      Forever.keep(services)
    }
  }

  typealias Body = (
    borrowing Attempt, UnsafePointer<headrace_call>, UnsafeMutablePointer<headrace_error>
  ) -> headrace_status

  /// Makes a call through the gate.
  ///
  /// - Parameter judge: looks at what an attempt came to before the gate does.
  /// - Throws: a `Failure` with the last status, for everything but `ok` and `endOfStream`.
  func perform(
    _ operation: PluginOperation, _ site: CallSite, _ body: Body, judge: (CallOutcome) -> CallOutcome = { $0 }
  ) throws(Failure) -> Status {
    let result = try call(operation, site, deadline: .distantFuture, body, judge: judge)
    if result.isSuccess { return result.status }
    throw result.failure(plugin: plugin.description.name, operation: operation, retry: site.terms.retry)
  }

  /// The same for who wants to know how the gate saw it end.
  ///
  /// - Parameters:
  ///   - cancellation: ends the gate's waits; the instance's own unless stated.
  ///   - judge: looks at what an attempt came to, and at what it returned, before the gate does.
  /// - Throws: a `Failure` for an instance that cannot be called, and then no call is made.
  func call(
    _ operation: PluginOperation, _ site: CallSite, deadline: Instant, cancellation: Cancellation? = nil, _ body: Body,
    judge: (CallOutcome) -> CallOutcome = { $0 }
  ) throws(Failure) -> CallResult {
    guard slot.isUsable else {
      throw Failure(
        .run, "plugin '\(plugin.description.name)': \(operation.name): the instance is unusable after an earlier call",
        status: .fatal)
    }
    guard isOnItsThread else {
      throw Failure(
        .run,
        "plugin '\(plugin.description.name)': \(operation.name): the instance is bound to the thread that made it",
        status: .fatal)
    }
    return site.perform(deadline: deadline, cancellation: cancellation ?? context.cancellation) { attempt in
      var error = headrace_error.empty
      slot.begin(operation, until: attempt.deadline)
      let code = withCall(attempt, slot) { call in body(attempt, call, &error) }
      guard slot.end() else { return lateOutcome }
      let outcome = judge(plugin.conclude(code, &error, services))
      if outcome.status == .fatal { slot.poison() }
      return outcome
    }
  }

  /// Reads what a call returned. A plugin that breaks the ABI is not called again.
  func trusting<R: ~Copyable>(
    _ operation: PluginOperation, _ body: () throws(Failure) -> R
  ) throws(Failure) -> R {
    do throws(Failure) { return try body() } catch {
      slot.poison()
      throw error.of("plugin '\(plugin.description.name)': \(operation.name)")
    }
  }
}

/// `create` is a call like the others, only that there is no instance yet to be cancelled.
private func create(
  _ factory: headrace_factory, plugin: LoadedPlugin, config: String, services: HostServices, site: CallSite,
  _ slot: CallSlot, _ context: InstanceContext
) throws(Failure) -> OpaquePointer {
  let loan = Loan()
  defer { withExtendedLifetime(loan) {} }
  let text = loan.text(config)
  var instance: OpaquePointer?
  let result = site.perform(deadline: .distantFuture, cancellation: context.cancellation) { attempt in
    guard !plugin.control.isStuck.load(ordering: .acquiring) else {
      return CallOutcome(.fatal, CallError("an earlier 'create' of this library never returned"))
    }
    slot.begin(.create, until: attempt.deadline)
    let outcome = withCall(attempt, slot) { call in
      plugin.control.mutex.withLock { _ in plugin.make(factory, call, text, services, &instance) }
    }
    return slot.end() ? outcome : lateOutcome
  }
  guard result.isSuccess else {
    if slot.isAbandoned { Forever.keep(services) }
    throw result.failure(plugin: plugin.description.name, operation: .create, retry: site.terms.retry)
  }
  guard let instance else {
    throw Failure(.run, "plugin '\(plugin.description.name)': create: it returned no instance", status: .fatal)
  }
  return instance
}

extension InstanceContext {
  func site(_ behaviour: StageBehaviour, isIdempotent: Bool) -> CallSite {
    CallSite(
      dependency, operation: operation, feature: behaviour.feature, variant: behaviour.variant,
      isIdempotent: isIdempotent, origin: origin, pipeline: pipeline, retry: tuning.retry, timeout: tuning.timeout,
      breakerWait: tuning.breakerWait, levelWait: tuning.levelWait)
  }
}
