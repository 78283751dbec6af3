import HostFormats
import HostModel

/// What every instance of the runtime needs from the host.
package struct PluginServices: Sendable {
  package var provider: ServiceProvider
  package var watchdog: Watchdog
  /// Environment variables that a plugin may read as secrets, by plugin.
  package var secretNames: [String: Set<String>]

  /// Hosts that a plugin may call over HTTP, by plugin, as its manifest has them.
  package var httpHosts: [String: [String]]

  package init(
    provider: ServiceProvider, watchdog: Watchdog, secretNames: [String: Set<String>] = [:],
    httpHosts: [String: [String]] = [:]
  ) {
    self.provider = provider
    self.watchdog = watchdog
    self.secretNames = secretNames
    self.httpHosts = httpHosts
  }

  /// - Parameter config: of the instance, whose settings may name hosts.
  func services(for plugin: LoadedPlugin, _ context: InstanceContext, config: String) -> HostServices {
    let name = plugin.description.name
    let services = HostServices(
      provider, plugin: name, pipeline: context.origin.pipeline, secretNames: secretNames[name] ?? [],
      abiVersion: plugin.description.abiVersion)
    services.remote = plugin.remote
    services.http.hosts = hosts(for: name, config)
    services.limitsCalls = { [dependency = context.dependency] in dependency.limitsCalls }
    return services
  }

  private func hosts(for plugin: String, _ config: String) -> HTTPHosts {
    let patterns = httpHosts[plugin] ?? []
    guard patterns.contains(where: ConfigPattern.namesSetting) else { return HTTPHosts(patterns) }
    let settings = (try? JSONValue.parse(config)) ?? .null
    return HTTPHosts(patterns.flatMap { ConfigPattern.filled($0, from: settings) })
  }
}
