package import HostFormats

/// When the platform, or a pipeline, does less, and when it returns. nil is "not stated".
package struct DegradationSection: YAMLRecord, Equatable {
  package static let summary = "When features are degraded, and when they return."

  /// A 95th percentile above this multiple of the usual one is high latency.
  package var latencyFactor: Double?
  /// A 95th percentile above this share of what a call may take is high latency.
  package var latencyDeadline: Int?
  package var latencyHold: Duration?
  /// Above these shares of the machine compute is exhausted.
  package var cpu: Int?
  package var memory: Int?
  /// Batches in the durable queue above which compute is exhausted.
  package var queueDepth: Int?
  package var computeHold: Duration?
  /// So many dependencies of one pipeline that refuse calls are multiple failures.
  package var failingDependencies: Int?
  /// Less space than this on the home's disk is a critical failure.
  package var diskFree: ByteCount?
  package var failureHold: Duration?
  package var recoveryHold: Duration?
  /// How long a stage waits for a level at which it works.
  package var maxWait: Duration?
  /// Whether rows may stand untransformed in `TABLE__raw` while a level forbids to transform them.
  package var passThrough: Bool?

  package init() {}

  package init(from fields: inout YAMLRecordDecoder) {
    let day = Duration.seconds(86_400)
    readLatency(&fields, day)
    readMachine(&fields, day)
    failingDependencies = fields.optional(
      "failing_dependencies", .count(1...10_000), "Dependencies that fail at once for level 2; 2 unless stated.")
    failureHold = fields.optional(
      "failure_hold", .duration(.zero...day), "How long failures have to hold; 0s unless stated.")
    recoveryHold = fields.optional(
      "recovery_hold", .duration(.zero...day), "How long each step back waits for quiet; 60s unless stated.")
    maxWait = fields.optional(
      "max_wait", .duration(.zero...day), "How long a stage waits for a level at which it works; 1h unless stated.")
    passThrough = fields.optional(
      "pass_through", .bool, "Whether rows may stand untransformed in TABLE__raw meanwhile; true unless stated.")
  }

  private mutating func readLatency(_ fields: inout YAMLRecordDecoder, _ day: Duration) {
    latencyFactor = fields.optional(
      "latency_factor", .number(1...1000), "A p95 above this multiple of the usual one is high; 3 unless stated.")
    latencyDeadline = fields.optional(
      "latency_deadline", .wholePercent, "A p95 above this share of a call's deadline is high; 80% unless stated.")
    latencyHold = fields.optional(
      "latency_hold", .duration(.zero...day), "How long latency has to be high; 2m unless stated.")
  }

  private mutating func readMachine(_ fields: inout YAMLRecordDecoder, _ day: Duration) {
    cpu = fields.optional(
      "cpu", .wholePercent, "Processor share that others may use; 90% unless stated, 100% for no limit.")
    memory = fields.optional(
      "memory", .wholePercent, "Share of the memory in use; 85% unless stated, 100% for no limit.")
    queueDepth = fields.optional(
      "queue_depth", .count(1...1_000_000_000), "Batches that may wait in the queue; no limit unless stated.")
    computeHold = fields.optional(
      "compute_hold", .duration(.zero...day), "How long compute has to be exhausted; 2m unless stated.")
    diskFree = fields.optional(
      "disk_free", .bytes(ByteCount(0) ... .mebibytes(1 << 30)),
      "Less space on the home's disk is critical; no limit unless stated.")
  }

  func over(_ base: DegradationSection) -> DegradationSection {
    var result = DegradationSection()
    result.latencyFactor = latencyFactor ?? base.latencyFactor
    result.latencyDeadline = latencyDeadline ?? base.latencyDeadline
    result.latencyHold = latencyHold ?? base.latencyHold
    result.cpu = cpu ?? base.cpu
    result.memory = memory ?? base.memory
    result.queueDepth = queueDepth ?? base.queueDepth
    result.computeHold = computeHold ?? base.computeHold
    result.failingDependencies = failingDependencies ?? base.failingDependencies
    result.diskFree = diskFree ?? base.diskFree
    result.failureHold = failureHold ?? base.failureHold
    result.recoveryHold = recoveryHold ?? base.recoveryHold
    result.maxWait = maxWait ?? base.maxWait
    result.passThrough = passThrough ?? base.passThrough
    return result
  }
}
