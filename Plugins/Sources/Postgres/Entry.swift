public import CHeadrace
import HeadracePlugin

private let library = PluginLibrary(
  PluginDescription(name: "postgres", version: "0.1.0", source: PostgresSource.self))

// swift-format-ignore: AlwaysUseLowerCamelCase
@c @implementation
public func headrace_plugin_entry() -> UnsafePointer<headrace_entry>? { library.entry }
