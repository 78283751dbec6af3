import HostFormats
import HostModel

/// What every instance of the runtime needs from the host.
package struct PluginServices: Sendable {
  package var provider: ServiceProvider
  package var watchdog: Watchdog

  package init(provider: ServiceProvider, watchdog: Watchdog) {
    self.provider = provider
    self.watchdog = watchdog
  }

  /// - Parameter config: of the instance, whose settings may name hosts.
  func services(for plugin: LoadedPlugin, _ context: InstanceContext, config: String) -> HostServices {
    let services = HostServices(
      provider, plugin: plugin.description.name, pipeline: context.origin.pipeline,
      secretNames: plugin.grants.secrets, abiVersion: plugin.description.abiVersion)
    services.remote = plugin.remote
    services.http.hosts = hosts(plugin.grants.http, config)
    services.limitsCalls = { [dependency = context.dependency] in dependency.limitsCalls }
    return services
  }

  private func hosts(_ patterns: [String], _ config: String) -> HTTPHosts {
    guard patterns.contains(where: ConfigPattern.namesSetting) else { return HTTPHosts(patterns) }
    let settings = (try? JSONValue.parse(config)) ?? .null
    return HTTPHosts(patterns.flatMap { ConfigPattern.filled($0, from: settings) })
  }
}
