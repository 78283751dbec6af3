package import HostFormats
import HostGate
import HostLake
package import HostModel
import HostPluginCalls
import HostPluginRuntime
import HostPolicy

/// What `plan` shows: everything that a run would do, before it does it.
package struct PlanReport: Sendable {
  private struct StreamReport: Sendable {
    var plan: StreamPlan
    var splits: [Split]
    var resumes: Bool
    var knownSplits: Int
  }

  private let plan: PipelinePlan
  private let streams: [StreamReport]

  /// Asks the source for its splits, given what the tables say was read. Changes nothing.
  package init(_ plan: PipelinePlan, _ host: PipelineHost) throws(Failure) {
    self.plan = plan
    let origin = CallOrigin(tenant: host.tenant, sourceID: plan.file.sourceID, pipeline: plan.file.name)
    let source = try SourceInstance(
      plan.source.plugin, config: plan.source.configText,
      context: plan.source.context(host, origin: origin, cancellation: Cancellation(), lane: nil), host: host.services)
    var streams: [StreamReport] = []
    for stream in plan.streams {
      let positions = try host.lake.load(stream.table)?.positions(of: stream.id) ?? StreamPositions()
      let resumes = !RunMark.isFinished(positions)
      let known = stream.read == .newFiles || resumes ? positions.knownSplits : []
      let splits = try source.splits(
        of: stream.id.stream, read: stream.read.sourceRead, known: known, splitBytes: host.limits.splitBytes)
      streams.append(
        StreamReport(
          plan: stream, splits: splits.splits, resumes: resumes, knownSplits: known.count(where: \.isComplete)))
    }
    self.streams = streams
  }

  package var text: String {
    let file = plan.file
    var lines = ["pipeline \(file.name)  (source_id \(file.sourceID.value))"]
    for stream in streams { lines += text(stream) }
    for warning in plan.warnings { lines.append(warning.description) }
    return lines.joined(separator: "\n") + "\n"
  }

  private func text(_ stream: StreamReport) -> [String] {
    let plan = stream.plan
    var lines = ["", "stream \(plan.id.stream) -> \(plan.table)"]
    lines.append(
      "  read \(plan.read.rawValue), write \(plan.write.rawValue)"
        + (stream.resumes ? ", goes on from an interrupted run" : ""))
    let estimate = Self.estimatedRows(stream.splits).map { ", about \($0) rows" } ?? ""
    let done = stream.knownSplits > 0 ? ", \(stream.knownSplits) were read before" : ""
    lines.append("  splits: \(stream.splits.count)\(estimate)\(done)")
    lines += stages(plan)
    if !plan.partition.isEmpty {
      lines.append("  partition: " + plan.rule.partition.map(\.value.text).joined(separator: ", "))
    }
    lines.append("  columns:")
    let stored = plan.stored(self.plan.file.destination.metadataColumns)
    lines += stored.fields.map { "    \($0.name): \($0.type)\($0.isNullable ? "" : ", not null")" }
    return lines
  }

  /// Nil where a split does not say, or where what the splits say adds up to nonsense.
  static func estimatedRows(_ splits: [Split]) -> Int64? {
    var total: Int64 = 0
    for split in splits {
      guard let rows = split.estimatedRows, rows >= 0 else { return nil }
      let (sum, overflows) = total.addingReportingOverflow(rows)
      guard !overflows else { return nil }
      total = sum
    }
    return total
  }

  private func stages(_ stream: StreamPlan) -> [String] {
    ([plan.source] + stream.transforms + stream.detectors + [plan.format]).map { stage in
      let retry = stage.policy.retry(stage.operation)
      let endpoint = stage.endpoint.isEmpty ? "" : " at \(stage.endpoint)"
      return
        "  \(stage.kind.rawValue) \(stage.name) \(stage.plugin.description.version)\(endpoint): "
        + "\(stage.placement.isolation.rawValue) (\(stage.placement.reason)), "
        + "at most \(retry.maxRetries) calls from \(milliseconds(retry.baseDelay)) to \(milliseconds(retry.maxDelay)), "
        + "\(stage.policy.timeout(stage.operation)) for each"
    }
  }

  private func milliseconds(_ duration: Duration) -> String { "\(duration.wholeNanoseconds / 1_000_000)ms" }

  package var json: JSONValue {
    .object([
      "schema_version": 1, "pipeline": .string(plan.file.name),
      "source_id": .string(String(plan.file.sourceID.value)), "streams": .array(streams.map(json)),
      "warnings": .array(plan.warnings.map { .string($0.description) }),
    ])
  }

  private func json(_ stream: StreamReport) -> JSONValue {
    let plan = stream.plan
    let stored = plan.stored(self.plan.file.destination.metadataColumns)
    return .object([
      "name": .string(plan.id.stream), "table": .string(plan.table.description), "read": .string(plan.read.rawValue),
      "write": .string(plan.write.rawValue), "resumes": .bool(stream.resumes),
      "splits": .array(stream.splits.map { .string($0.id) }),
      "stages": .array(([self.plan.source] + plan.transforms + plan.detectors + [self.plan.format]).map(json)),
      "partition": .array(plan.rule.partition.map { .string($0.value.text) }),
      "columns": .array(
        stored.fields.map {
          .object(["name": .string($0.name), "type": .string("\($0.type)"), "nullable": .bool($0.isNullable)])
        }),
    ])
  }

  private func json(_ stage: PlannedStage) -> JSONValue {
    let retry = stage.policy.retry(stage.operation)
    return .object([
      "kind": .string(stage.kind.rawValue), "plugin": .string(stage.name),
      "version": .string(stage.plugin.description.version), "endpoint": .string(stage.endpoint),
      "isolation": .string(stage.placement.isolation.rawValue),
      "isolation_reason": .string(stage.placement.reason), "config": stage.configuration.redacted,
      "retry": .object([
        "max_retries": .integer(Int64(retry.maxRetries)),
        "base_delay_ms": .integer(retry.baseDelay.wholeNanoseconds / 1_000_000),
        "max_delay_ms": .integer(retry.maxDelay.wholeNanoseconds / 1_000_000),
      ]),
    ])
  }
}

extension StreamPositions {
  /// The splits as a source is told of them; what only the host keeps is left out.
  var knownSplits: [HostPluginCalls.SplitPosition] {
    splits.filter { $0.key != RunMark.split }.sorted { $0.key < $1.key }.map { split, position in
      HostPluginCalls.SplitPosition(
        split: split, identity: position.identity, position: position.bytes, ordinal: position.ordinal,
        isComplete: position.isComplete)
    }
  }
}
