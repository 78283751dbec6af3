import CHeadrace
import HeadracePlugin

private let library = PluginLibrary(name: "@name@", version: "0.1.0", detector: @Type@Detector.self)

@c @implementation
public func headrace_plugin_entry() -> UnsafePointer<headrace_entry>? { library.entry }
