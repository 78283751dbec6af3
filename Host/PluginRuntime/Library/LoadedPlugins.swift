import HostModel
import HostPluginCalls
import Synchronization

/// The libraries that a process has loaded: each of them once for what it is allowed, as long as somebody has it.
final class LoadedPlugins: Sendable {
  /// What makes two that are loaded differ. Who has one goes on with it, whatever is installed later.
  struct Key: Hashable {
    enum Place: Hashable {
      case inProcess
      /// - Parameter isConfined: to its permissions, as those are that nobody vouches for.
      case worker(isConfined: Bool)
      /// In a worker with all that this process has.
      case rehearsal
    }

    /// The SHA-256 of the library.
    var library: String
    var name: String
    var place: Place
    var permissions: PluginPermissions
  }

  fileprivate struct Weak { weak var plugin: LoadedPlugin? }

  private let plugins = Mutex<[Key: Weak]>([:])

  /// The plugin of a key, loaded unless it is.
  ///
  /// - Parameter load: is given one with the same code in this process, if there is any.
  func plugin(
    _ key: Key, _ load: (_ code: LoadedPlugin?) throws(Failure) -> LoadedPlugin
  ) throws(Failure) -> LoadedPlugin {
    let (known, code) = plugins.withLock { ($0[key]?.plugin, key.place == .inProcess ? key.code(among: $0) : nil) }
    if let known { return known }
    let fresh = try load(code)
    plugins.withLock { plugins in
      plugins = plugins.filter { $0.value.plugin != nil }
      plugins[key] = Weak(plugin: fresh)
    }
    return fresh
  }
}

extension LoadedPlugins.Key {
  /// One that differs in its permissions at most.
  fileprivate func code(among plugins: [Self: LoadedPlugins.Weak]) -> LoadedPlugin? {
    plugins.lazy.filter { $0.key.library == library && $0.key.name == name && $0.key.place == place }
      .compactMap(\.value.plugin).first
  }
}
