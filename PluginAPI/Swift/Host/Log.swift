import CHeadrace

/// Lines for the operator, kept under the name of this instance. Any thread.
public struct Log: @unchecked Sendable {
  public enum Level: Int32, Sendable {
    case debug = 0, info, warning, error
  }
  let host: UnsafePointer<headrace_host>
  let table: headrace_host_log

  /// Whether a line of this level would be kept.
  public func isEnabled(_ level: Level) -> Bool { (table.is_enabled?(host, level.rawValue) ?? 0) != 0 }

  public func debug(_ message: @autoclosure () -> String, _ fields: [PluginError.Detail] = []) {
    if isEnabled(.debug) { write(.debug, message(), fields) }
  }
  public func info(_ message: String, _ fields: [PluginError.Detail] = []) { write(.info, message, fields) }
  public func warning(_ message: String, _ fields: [PluginError.Detail] = []) { write(.warning, message, fields) }
  public func error(_ message: String, _ fields: [PluginError.Detail] = []) { write(.error, message, fields) }

  private func write(_ level: Level, _ message: String, _ fields: [PluginError.Detail]) {
    guard let write = table.write else { return }
    let arena = Arena()
    let pairs = fields.map { headrace_key_value(key: arena.string($0.key), value: arena.string($0.value)) }
    withExtendedLifetime(arena) {
      write(host, level.rawValue, arena.string(message), arena.array(pairs), UInt64(pairs.count))
    }
  }
}
