/// The specification's feature degradation matrix: a total function, every cell named.
package enum DegradationMatrix {
  /// In which variant the feature runs at the level.
  package static func mode(of feature: Feature, at level: DegradationLevel) -> FeatureMode {
    let row = row(of: feature)
    switch level {
    case .normal: return row.normal
    case .level1: return row.level1
    case .level2: return row.level2
    case .emergency: return row.emergency
    }
  }

  /// The highest level at which the feature still runs in the variant; nil if the variant is not in the feature's row.
  ///
  /// A call that implements a variant is made up to this level: a threshold detector still runs at level 2, where a
  /// statistical one no longer does, and both run at the normal level, where the ensemble contains them.
  package static func lastLevel(of variant: FeatureMode, in feature: Feature) -> DegradationLevel? {
    DegradationLevel.allCases.last { mode(of: feature, at: $0) == variant }
  }

  private struct Row {
    let normal: FeatureMode
    let level1: FeatureMode
    let level2: FeatureMode
    let emergency: FeatureMode

    init(_ normal: FeatureMode, _ level1: FeatureMode, _ level2: FeatureMode, _ emergency: FeatureMode) {
      self.normal = normal
      self.level1 = level1
      self.level2 = level2
      self.emergency = emergency
    }
  }

  private static func row(of feature: Feature) -> Row {
    switch feature {
    case .dataIngestion: Row(.full, .full, .passThrough, .buffer)
    case .schemaMapping: Row(.llmAndEmbedding, .embeddingOnly, .manual, .skip)
    case .transformations: Row(.naturalLanguageToSQL, .predefinedSQL, .passThrough, .skip)
    case .anomalyDetection: Row(.mlEnsemble, .statisticalOnly, .thresholdOnly, .skip)
    case .qualityScoring: Row(.fullDimensions, .coreDimensions, .basicChecks, .skip)
    case .selfHealing: Row(.fullAutoHeal, .transientOnly, .manual, .disabled)
    }
  }
}
