package import HostModel
package import HostPolicy

/// The host's own calls to one server, without a plugin between them: the lake's catalog or its objects.
///
/// They pass the gate like those of plugins, once for each object or transaction, never for each row. No level refuses
/// them: stages that do not write at a level are held before they come here, and the lake is read at every level.
/// Any thread.
package final class ServerCalls: Sendable {
  private let site: CallSite
  private let unrepeatable: CallSite
  private let now: @Sendable () -> Instant

  /// How long a call that holds something up waits for a breaker.
  private static let patience = Duration.seconds(1)

  /// - Parameters:
  ///   - operation: whose row of the retry table the calls follow.
  ///   - tuning: what the policy says of that operation; nil for the specification's row, without waiting.
  package init(
    _ gate: Gate, _ key: DependencyKey, operation: OperationClass, configuration: GateConfiguration = .init(),
    tuning: CallTuning? = nil
  ) {
    let dependency = gate.dependency(key, configuration)
    let tuning = tuning ?? CallTuning(retry: operation.retry, timeout: nil)
    // The lake is everybody's: its calls belong to no pipeline. The cell is one that holds up to the last level.
    let origin = CallOrigin(tenant: .standard, sourceID: SourceID(derivedFrom: "lake"), pipeline: "lake")
    func makeSite(isIdempotent: Bool) -> CallSite {
      CallSite(
        dependency, operation: operation, feature: .dataIngestion, variant: .buffer, isIdempotent: isIdempotent,
        origin: origin, pipeline: gate.platform, retry: tuning.retry, timeout: tuning.timeout,
        breakerWait: tuning.breakerWait, levelWait: tuning.levelWait)
    }
    site = makeSite(isIdempotent: true)
    unrepeatable = makeSite(isIdempotent: false)
    now = dependency.environment.now
  }

  /// Makes a call that may be made again after a transient failure.
  ///
  /// - Parameter body: makes one attempt, whose number it gets. Where an attempt may have succeeded without saying so,
  ///   the next one has to look first.
  /// - Throws: the last attempt's failure, or that the gate has refused the call.
  package func call<Value>(_ body: (Int) throws(Failure) -> Value) throws(Failure) -> Value {
    try perform(site, until: .distantFuture, body)
  }

  /// Makes a call that is made once, whatever comes of it, and waits for nobody: a part of an object that is being
  /// written, whose caller is a plugin with a deadline of its own.
  package func callOnce<Value>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
    try perform(unrepeatable, until: now().advanced(by: Self.patience)) { _ throws(Failure) in try body() }
  }

  private func perform<Value>(
    _ site: CallSite, until deadline: Instant, _ body: (Int) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    var value: Value?
    var failure: Failure?
    let result = site.perform(deadline: deadline) { attempt in
      do throws(Failure) {
        value = try body(attempt.number)
        return .ok
      } catch let error {
        failure = error
        return CallOutcome(error.status ?? .fatal, CallError(error))
      }
    }
    if let value { return value }
    throw result.failure(of: site.dependency.key, last: failure)
  }
}

extension DependencyKey {
  /// The catalog of a lake. The colon keeps the host's own servers apart from plugins, whose names have none.
  package static func catalog(_ name: String) -> DependencyKey { DependencyKey(plugin: "catalog:\(name)") }

  /// The object store of a lake.
  package static func objects(_ name: String) -> DependencyKey { DependencyKey(plugin: "objects:\(name)") }
}

extension CallResult {
  /// What the server said last, with what the gate did about it, or why the gate did not ask it.
  fileprivate func failure(of key: DependencyKey, last: Failure?) -> Failure {
    var told =
      last
      ?? Failure(
        .environment, "\(key): \(failure?.rejection?.explanation ?? status.name)",
        advice: "see 'headrace why \(key)'; run again when it works: nothing that was committed is lost", status: status
      )
    if attempts > 1 { told.message += " (\(attempts) attempts)" }
    return told
  }
}
