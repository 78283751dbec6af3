/// What a library offers: its name, its version, and a type for each kind of plugin that it implements.
///
/// A plugin's target holds one of these and exports it:
///
/// ```swift
/// public import CHeadrace
/// import HeadracePlugin
///
/// private let library = PluginLibrary(name: "map", version: "1.0.0", transform: Map.self)
///
/// @c @implementation
/// public func headrace_plugin_entry() -> UnsafePointer<headrace_entry>? { library.entry }
/// ```
public struct PluginDescription: Sendable {
  /// Lower case, digits and hyphens: `postgres`.
  public var name: String
  /// The plugin's own version, semantic: `1.2.0`.
  public var version: String
  public var source: (any Source.Type)?
  public var transform: (any Transform.Type)?
  public var detector: (any Detector.Type)?
  public var languageModel: (any LanguageModel.Type)?

  public init(
    name: String, version: String, source: (any Source.Type)? = nil, transform: (any Transform.Type)? = nil,
    detector: (any Detector.Type)? = nil, languageModel: (any LanguageModel.Type)? = nil
  ) {
    self.name = name
    self.version = version
    self.source = source
    self.transform = transform
    self.detector = detector
    self.languageModel = languageModel
  }
}
