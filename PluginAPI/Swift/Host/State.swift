import CHeadrace

/// Small values that outlive the process, kept per pipeline and plugin. Not for positions and not for what a detector
/// has learnt, which are committed with the rows. Any thread.
public struct State: @unchecked Sendable {
  let host: UnsafePointer<headrace_host>
  let table: headrace_host_state

  /// Nil if nothing was stored under the key.
  public func read(_ key: String) throws -> [UInt8]? {
    guard let read = table.read else { throw PluginError(.unsupported, "this host keeps no state") }
    do {
      return try HostReply.bytes("state '\(key)'") { out, error in
        key.withHeadraceString { read(host, $0, out, error) }
      }
    } catch let error as PluginError where error.status == .notFound { return nil }
  }

  /// Durable when it returns. A value has at most 1 MiB, a key 128 bytes.
  public func write(_ key: String, _ value: [UInt8]) throws {
    guard let write = table.write else { throw PluginError(.unsupported, "this host keeps no state") }
    try HostReply.status("state '\(key)'") { error in
      key.withHeadraceString { key in
        value.withUnsafeBufferPointer {
          write(host, key, headrace_bytes(data: $0.baseAddress, length: UInt64($0.count)), error)
        }
      }
    }
  }
}
