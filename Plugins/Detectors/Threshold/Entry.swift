public import CHeadrace
import HeadracePlugin

private let library = PluginLibrary(
  PluginDescription(name: "threshold", version: "0.1.0", detector: ThresholdDetector.self))

// swift-format-ignore: AlwaysUseLowerCamelCase
@c @implementation
public func headrace_plugin_entry() -> UnsafePointer<headrace_entry>? { library.entry }
