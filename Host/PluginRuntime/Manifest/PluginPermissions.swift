package import HostFormats

/// What a plugin declares that it needs. Whatever is not declared is not granted.
package struct PluginPermissions: YAMLRecord, Hashable {
  package static let summary = "What a plugin may reach. Patterns with '*' widen; '${config:KEY}' stands for a setting."

  /// `host:port`; `*` for any host or any port.
  package var network: [String] = []
  /// Hosts that the host's own service calls for it over HTTP: `host` or `host:port`, `*.` before a domain for all below it.
  package var http: [String] = []
  /// Paths that may be read, with everything below.
  package var read: [String] = []
  package var write: [String] = []
  /// Names of environment variables that it may see.
  package var env: [String] = []
  package var memory: ByteCount?
  package var cpuTime: Duration?
  package var openFiles: Int?
  /// Refuse to start where the kernel cannot enforce all of it.
  package var strict = false

  package init() {}

  /// What it may do beyond its own work, for people: `read /data; see the secrets PG*`.
  package var told: String {
    func part(_ verb: String, _ what: [String], _ rest: String = "") -> String? {
      what.isEmpty ? nil : "\(verb) \(what.joined(separator: ", "))\(rest)"
    }
    let parts = [
      part("connect to", network), part("ask", http, " over HTTP"), part("read", read), part("write", write),
      part("see the secrets", env),
    ]
    let all = parts.compactMap(\.self)
    return all.isEmpty ? "do nothing beyond its own work" : all.joined(separator: "; ")
  }

  package init(from fields: inout YAMLRecordDecoder) {
    network = fields.optional(
      "network", .list(of: .endpoint), default: [], "Endpoints as host:port, '*' for any.")
    http = fields.optional(
      "http", .list(of: .httpHost), default: [],
      "Hosts that the host calls for it over HTTP: host or host:port, *.example.com for all below a domain.")
    read = fields.optional("read", .list(of: .path), default: [], "Paths that may be read, with everything below.")
    write = fields.optional("write", .list(of: .path), default: [], "Paths that may be written, with everything below.")
    env = fields.optional("env", .list(of: .environmentName), default: [], "Environment variables that it may see.")
    memory = fields.optional(
      "memory", .bytes(.mebibytes(1) ... .mebibytes(1 << 20)), "Memory, without limit unless stated.")
    cpuTime = fields.optional("cpu_time", .duration(.seconds(1) ... .seconds(366 * 86_400)), "Processor time.")
    openFiles = fields.optional("open_files", .count(8...1_000_000), "Files open at one time.")
    strict = fields.optional(
      "strict", .bool, default: false, "Refuse to start where the kernel cannot enforce all of it.")
  }
}
