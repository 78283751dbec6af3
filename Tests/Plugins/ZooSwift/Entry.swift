public import CHeadrace
import HeadracePlugin

private let library = PluginLibrary(name: "zoo-swift", version: "1.0.0", transform: Trapper.self)

// swift-format-ignore: AlwaysUseLowerCamelCase
@c @implementation
public func headrace_plugin_entry() -> UnsafePointer<headrace_entry>? { library.entry }
