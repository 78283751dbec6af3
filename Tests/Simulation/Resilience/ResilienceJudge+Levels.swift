import HostModel
import HostPolicy

/// Levels: each change has a cause, leads where its cause leads, and what it says was so when it was said.
extension ResilienceJudge {
  mutating func changed(_ change: DegradationScope.Change, _ facts: Observation.Facts) {
    let doubt = facts.isRestored ? nil : doubt(change, facts)
    judge(.levelEvidence, doubt == nil) { "\(doubt ?? ""): \(change)" }
  }

  /// What is wrong with the change; nil if nothing is.
  private func doubt(_ change: DegradationScope.Change, _ facts: Observation.Facts) -> String? {
    switch (change.cause, change.evidence) {
    case (.pinned, nil): return nil
    case (.recovered, .quiet): return change.to.rawValue + 1 == change.from.rawValue ? nil : "more than one step back"
    case (.pinned, _), (.recovered, _), (_, nil), (_, .quiet): return "nothing shows it"
    case (_, let evidence?):
      guard change.to == change.cause.level else { return "its cause leads elsewhere" }
      return isSo(change.cause, evidence, facts) ? nil : "it was not so"
    }
  }

  private func isSo(_ cause: DegradationCause, _ evidence: DegradationEvidence, _ facts: Observation.Facts) -> Bool {
    switch (cause, evidence) {
    case (.llmUnavailable, .unavailable(let names)), (.multipleFailures, .unavailable(let names)),
      (.storageOnly, .unavailable(let names)):
      let least = cause == .multipleFailures ? degradation.failingDependencies : 1
      return names.count >= least && names.allSatisfy { facts.unavailable.contains($0) }
    case (.highLatency, .slow(let name, let p95, let baseline)):
      return wasSlow(name, p95, facts) && p95 > baseline
    case (.highLatency, .nearDeadline(let name, let p95, _)): return wasSlow(name, p95, facts)
    case (.computeExhausted, .cpu(let percent)):
      return facts.machine.cpuPercent == percent && percent > degradation.cpuPercent ?? .max
    case (.computeExhausted, .memory(let percent)):
      return facts.machine.memoryPercent == percent && percent > degradation.memoryPercent ?? .max
    case (.computeExhausted, .queue(let depth)):
      return facts.machine.queueDepth == depth && depth > degradation.queueDepth ?? .max
    case (.criticalFailure, .disk(let free)):
      return facts.machine.diskFreeBytes == free && free < degradation.diskFreeBytes
    case (.criticalFailure, .lanes(let lost, let most)): return facts.machine.lostLanes == lost && lost >= most
    default: return false
    }
  }

  /// A percentile of the host's buckets is off by a quarter at most.
  private func wasSlow(_ name: String, _ p95: Duration, _ facts: Observation.Facts) -> Bool {
    p95 * 4 <= (facts.slowest[name] ?? .zero) * 5
  }
}
