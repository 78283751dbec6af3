/// What a call is for: the rows of the specification's degradation matrix.
package enum Feature: UInt8, Sendable, CaseIterable {
  case dataIngestion, schemaMapping, transformations, anomalyDetection, qualityScoring, selfHealing

  package var name: String {
    switch self {
    case .dataIngestion: "data_ingestion"
    case .schemaMapping: "schema_mapping"
    case .transformations: "transformations"
    case .anomalyDetection: "anomaly_detection"
    case .qualityScoring: "quality_scoring"
    case .selfHealing: "self_healing"
    }
  }
}

/// In which variant a feature runs: the cells of the specification's degradation matrix.
package enum FeatureMode: UInt8, Sendable, CaseIterable {
  /// Rows are read, transformed, checked and written.
  case full
  /// Rows go on as they are; a transform's destination never receives them (they go to `<table>__raw`).
  case passThrough
  /// Rows are appended to the durable queue and nothing else happens.
  case buffer
  case llmAndEmbedding
  case embeddingOnly
  /// A person decides; nothing is called.
  case manual
  /// Left out, and said so.
  case skip
  case naturalLanguageToSQL
  case predefinedSQL
  case mlEnsemble
  case statisticalOnly
  case thresholdOnly
  case fullDimensions
  case coreDimensions
  case basicChecks
  case fullAutoHeal
  /// Only what a retry or a restart heals.
  case transientOnly
  case disabled

  package var name: String {
    switch self {
    case .full: "full"
    case .passThrough: "pass_through"
    case .buffer: "buffer"
    case .llmAndEmbedding: "llm_and_embedding"
    case .embeddingOnly: "embedding_only"
    case .manual: "manual"
    case .skip: "skip"
    case .naturalLanguageToSQL: "nl_to_sql"
    case .predefinedSQL: "predefined_sql"
    case .mlEnsemble: "ml_ensemble"
    case .statisticalOnly: "statistical_only"
    case .thresholdOnly: "threshold_only"
    case .fullDimensions: "full_dimensions"
    case .coreDimensions: "core_dimensions"
    case .basicChecks: "basic_checks"
    case .fullAutoHeal: "full_auto_heal"
    case .transientOnly: "transient_only"
    case .disabled: "disabled"
    }
  }
}
