/// Makes a batch out of a batch. What comes out depends on that batch alone, so that it does not matter where batches
/// end.
public protocol Transform: PluginInstance {
  /// Whether its rows may, when the platform is degraded, be kept untransformed and be transformed later.
  static var allowsPassThrough: Bool { get }

  /// Fixes the columns that come in, and says which go out. Once per instance. Throws `invalidConfig` with the name of
  /// the column if the configuration does not fit.
  func bind(stream: String, input: Schema, call: Call) throws -> Schema

  /// Transforms one batch. A row that cannot be transformed is put into the rejects.
  func apply(_ input: Batch, call: Call) throws -> TransformedBatch
}

extension Transform {
  public static var allowsPassThrough: Bool { false }
}
