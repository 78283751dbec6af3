import HostModel
import HostPluginCalls
import Synchronization

/// The libraries that a process has loaded, by their hash, name and isolation: each of them once, as long as somebody has it.
final class LoadedPlugins: Sendable {
  private struct Weak { weak var plugin: LoadedPlugin? }

  private let plugins = Mutex<[String: Weak]>([:])

  /// The plugin of a key, loaded unless it is.
  func plugin(_ key: String, _ load: () throws(Failure) -> LoadedPlugin) throws(Failure) -> LoadedPlugin {
    if let known = plugins.withLock({ $0[key]?.plugin }) { return known }
    let fresh = try load()
    plugins.withLock { plugins in
      plugins = plugins.filter { $0.value.plugin != nil }
      plugins[key] = Weak(plugin: fresh)
    }
    return fresh
  }
}
