/// How much of its work the platform, or one pipeline, still does. The specification's hierarchy.
package enum DegradationLevel: UInt8, Sendable, CaseIterable, Comparable {
  case normal, level1, level2, emergency

  package static func < (a: DegradationLevel, b: DegradationLevel) -> Bool { a.rawValue < b.rawValue }

  package var name: String {
    switch self {
    case .normal: "normal"
    case .level1: "level_1"
    case .level2: "level_2"
    case .emergency: "emergency"
    }
  }

  /// The level of a call: the higher of the platform's and its pipeline's, so that one dependency moves only the
  /// pipelines that use it.
  package static func effective(platform: DegradationLevel, pipeline: DegradationLevel) -> DegradationLevel {
    max(platform, pipeline)
  }
}

/// Why a level changed: the edges of the specification's hierarchy, and the way back.
package enum DegradationCause: String, Sendable, CaseIterable {
  case llmUnavailable = "llm_unavailable"
  case highLatency = "high_latency"
  case computeExhausted = "compute_exhausted"
  case multipleFailures = "multiple_failures"
  case storageOnly = "storage_only"
  case criticalFailure = "critical_failure"
  case recovered
  /// An operator pinned the level, or let it go.
  case pinned = "operator"
}
