public import CHeadrace
import HeadracePlugin

private let library = PluginLibrary(
  PluginDescription(name: "threshold", version: "1.0.0", detector: ThresholdDetector.self))

@c @implementation
public func headrace_plugin_entry() -> UnsafePointer<headrace_entry>? { library.entry }
