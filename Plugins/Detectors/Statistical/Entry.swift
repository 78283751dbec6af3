public import CHeadrace
import HeadracePlugin

private let library = PluginLibrary(
  PluginDescription(name: "statistical", version: "1.0.0", detector: StatisticalDetector.self))

@c @implementation
public func headrace_plugin_entry() -> UnsafePointer<headrace_entry>? { library.entry }
