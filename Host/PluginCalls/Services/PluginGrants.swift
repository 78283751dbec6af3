/// What the host gives to the instances of a library when they ask for it, as the manifest of that very library declares it.
package struct PluginGrants: Sendable, Hashable {
  /// Environment variables that may be read as secrets: names, or beginnings such as `PG*`.
  package var secrets: Set<String>
  /// Hosts that the host calls over HTTP; settings of the instance may be named in them.
  package var http: [String]

  package init(secrets: Set<String> = [], http: [String] = []) {
    self.secrets = secrets
    self.http = http
  }
}
