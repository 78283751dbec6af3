import HostModel

/// What every instance of the runtime needs from the host.
package struct PluginServices: Sendable {
  package var provider: ServiceProvider
  package var watchdog: Watchdog
  /// Environment variables that a plugin may read as secrets, by plugin.
  package var secretNames: [String: Set<String>]

  package init(provider: ServiceProvider, watchdog: Watchdog, secretNames: [String: Set<String>] = [:]) {
    self.provider = provider
    self.watchdog = watchdog
    self.secretNames = secretNames
  }

  func services(for plugin: LoadedPlugin, _ context: InstanceContext) -> HostServices {
    let name = plugin.description.name
    let services = HostServices(
      provider, plugin: name, pipeline: context.origin.pipeline, secretNames: secretNames[name] ?? [],
      abiVersion: plugin.description.abiVersion)
    services.remote = plugin.remote
    return services
  }
}
