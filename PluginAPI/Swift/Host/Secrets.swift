import CHeadrace

/// Secrets that the manifest declares. Any thread.
public struct Secrets: @unchecked Sendable {
  let host: UnsafePointer<headrace_host>
  let table: headrace_host_secrets

  /// `env:NAME`. Throws `permissionDenied` if the manifest does not declare it, `notFound` if it is not set.
  public func read(_ name: String) throws -> String {
    guard let read = table.read else { throw PluginError(.unsupported, "this host keeps no secrets") }
    let bytes = try HostReply.bytes("secret '\(name)'") { out, error in
      name.withHeadraceString { read(host, $0, out, error) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
