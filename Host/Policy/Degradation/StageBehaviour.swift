/// What a stage of a pipeline does by the degradation matrix: the feature that it serves, and in which variant.
package struct StageBehaviour: Sendable, Hashable {
  package let feature: Feature
  /// One of the feature's row.
  package let variant: FeatureMode

  package init(_ feature: Feature, _ variant: FeatureMode) {
    self.feature = feature
    self.variant = variant
  }

  /// Whether the stage works at a level. The variant of a higher level works at the lower ones too, where the richer one
  /// contains it.
  package func works(at level: DegradationLevel) -> Bool {
    guard let last = DegradationMatrix.lastLevel(of: variant, in: feature) else { return false }
    return level <= last
  }

  /// The same stage for what is no work: making an instance, and keeping what it knows. Allowed at every level.
  package var administration: StageBehaviour {
    StageBehaviour(feature, DegradationMatrix.mode(of: feature, at: .emergency))
  }
}
