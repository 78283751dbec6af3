import CHeadrace

/// A plugin on trial: made and called as the host does it, through the one symbol that it exports, so that a test sees
/// what the host will see. There is a subclass for each kind. A call that fails throws what the plugin reported.
///
/// The host of a trial offers no services: nothing is logged, and memory is the system's.
public class PluginTrial {
  /// Whether the calls from now on are ones that the host wants to end.
  public var isCancelled = false
  let instance: OpaquePointer
  private let factory: headrace_factory
  private let host: UnsafeMutablePointer<headrace_host>

  init(_ factory: UnsafePointer<headrace_factory>?, configuration: String) throws {
    guard let factory else { throw PluginError(.fatal, "the plugin has no factory") }
    let table = Sized.read(factory, empty: headrace_factory())
    let host = UnsafeMutablePointer<headrace_host>.allocate(capacity: 1)
    host.initialize(
      to: headrace_host(
        struct_size: UInt32(MemoryLayout<headrace_host>.size), abi_version: UInt32(HEADRACE_ABI_VERSION), ctx: nil,
        get_extension: { _, _ in nil }))
    do {
      var made: OpaquePointer?
      try Self.call("create", isCancelled: false) { call, error in
        configuration.withHeadraceString { table.create(call, host, $0, &made, error) }
      }
      guard let made else { throw PluginError(.fatal, "'create' succeeded and made nothing") }
      (self.factory, self.host, instance) = (table, host, made)
    } catch {
      host.deallocate()
      throw error
    }
  }

  deinit {
    factory.destroy(instance)
    host.deallocate()
  }

  /// The structure of a kind, of an entry that speaks this version of the interface.
  static func table<T>(_ id: String, of entry: UnsafePointer<headrace_entry>?, empty: T) throws -> T {
    guard let entry else { throw PluginError(.fatal, "the plugin has no entry") }
    let version = UInt32(HEADRACE_ABI_VERSION)
    try HostReply.status("negotiate") { error in
      var picked: UInt32 = 0
      return entry.pointee.negotiate(version, version, &picked, error)
    }
    guard let found = id.withHeadraceString({ entry.pointee.get_extension($0) }) else {
      throw PluginError(.unsupported, "the plugin is no \(id)")
    }
    return Sized.read(found.assumingMemoryBound(to: T.self), empty: empty)
  }

  /// One call to the instance, without a deadline.
  func call(
    _ name: String, _ body: (UnsafePointer<headrace_call>, UnsafeMutablePointer<headrace_error>) -> headrace_status
  ) throws {
    try Self.call(name, isCancelled: isCancelled, body)
  }

  private static func call(
    _ name: String, isCancelled: Bool,
    _ body: (UnsafePointer<headrace_call>, UnsafeMutablePointer<headrace_error>) -> headrace_status
  ) throws {
    var call = headrace_call()
    call.struct_size = UInt32(MemoryLayout<headrace_call>.size)
    call.attempt = 1
    call.deadline_ns = .max
    call.now = { _ in 0 }
    call.is_cancelled = { _ in 0 }
    if isCancelled { call.is_cancelled = { _ in 1 } }
    try HostReply.status(name) { error in body(&call, error) }
  }
}
