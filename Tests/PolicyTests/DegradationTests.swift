@testable import HostPolicy
import Testing

@Suite struct DegradationTests {
  /// The specification's table, written out once more by hand.
  @Test func everyCellIsTheSpecifications() {
    let table: [(Feature, [FeatureMode])] = [
      (.dataIngestion, [.full, .full, .passThrough, .buffer]),
      (.schemaMapping, [.llmAndEmbedding, .embeddingOnly, .manual, .skip]),
      (.transformations, [.naturalLanguageToSQL, .predefinedSQL, .passThrough, .skip]),
      (.anomalyDetection, [.mlEnsemble, .statisticalOnly, .thresholdOnly, .skip]),
      (.qualityScoring, [.fullDimensions, .coreDimensions, .basicChecks, .skip]),
      (.selfHealing, [.fullAutoHeal, .transientOnly, .manual, .disabled]),
    ]
    #expect(table.map(\.0) == Feature.allCases)
    for (feature, row) in table {
      #expect(DegradationLevel.allCases.map { DegradationMatrix.mode(of: feature, at: $0) } == row)
    }
  }

  @Test func everyModeIsInTheMatrixAndHasANameOfItsOwn() {
    let used = Feature.allCases.flatMap { feature in
      DegradationLevel.allCases.map { DegradationMatrix.mode(of: feature, at: $0) }
    }
    #expect(Set(used) == Set(FeatureMode.allCases))
    #expect(Set(FeatureMode.allCases.map(\.name)).count == FeatureMode.allCases.count)
    #expect(Set(Feature.allCases.map(\.name)).count == Feature.allCases.count)
    #expect(Set(DegradationLevel.allCases.map(\.name)).count == DegradationLevel.allCases.count)
  }

  @Test func aVariantIsMadeUpToTheLastLevelOfItsCell() {
    #expect(DegradationMatrix.lastLevel(of: .full, in: .dataIngestion) == .level1)
    #expect(DegradationMatrix.lastLevel(of: .buffer, in: .dataIngestion) == .emergency)
    #expect(DegradationMatrix.lastLevel(of: .predefinedSQL, in: .transformations) == .level1)
    #expect(DegradationMatrix.lastLevel(of: .mlEnsemble, in: .anomalyDetection) == .normal)
    #expect(DegradationMatrix.lastLevel(of: .thresholdOnly, in: .anomalyDetection) == .level2)
    #expect(DegradationMatrix.lastLevel(of: .mlEnsemble, in: .dataIngestion) == nil)
  }

  @Test func aStageWorksUpToItsLevelAndIsKeptAtAll() {
    let expected: [(StageBehaviour, [Bool])] = [
      (StageBehaviour(.dataIngestion, .buffer), [true, true, true, true]),
      (StageBehaviour(.dataIngestion, .passThrough), [true, true, true, false]),
      (StageBehaviour(.transformations, .predefinedSQL), [true, true, false, false]),
      (StageBehaviour(.anomalyDetection, .mlEnsemble), [true, false, false, false]),
      (StageBehaviour(.anomalyDetection, .thresholdOnly), [true, true, true, false]),
      (StageBehaviour(.transformations, .mlEnsemble), [false, false, false, false]),
    ]
    for (stage, works) in expected {
      #expect(DegradationLevel.allCases.map { stage.works(at: $0) } == works, "\(stage)")
      #expect(DegradationLevel.allCases.allSatisfy { stage.administration.works(at: $0) })
    }
  }

  @Test func theEffectiveLevelIsTheHigher() {
    for platform in DegradationLevel.allCases {
      for pipeline in DegradationLevel.allCases {
        let effective = DegradationLevel.effective(platform: platform, pipeline: pipeline)
        #expect(effective.rawValue == max(platform.rawValue, pipeline.rawValue))
      }
    }
  }

  @Test func aPinHoldsAgainstReportsAndLetsThemThroughAfterwards() {
    var scope = DegradationScope()
    #expect(scope.levelReported(.normal, cause: .recovered) == nil)
    #expect(
      scope.levelReported(.level1, cause: .llmUnavailable)
        == .init(from: .normal, to: .level1, cause: .llmUnavailable))
    #expect(scope.pinned(to: .level2) == .init(from: .level1, to: .level2, cause: .pinned))
    #expect(scope.levelReported(.emergency, cause: .criticalFailure) == nil)
    #expect(scope.level == .level2)
    #expect(scope.pinned(to: nil) == .init(from: .level2, to: .emergency, cause: .pinned))
    #expect(scope.pinned(to: .emergency) == nil)
  }
}
