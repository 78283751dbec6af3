import CHeadrace

/// The services that the host offers to one instance. Any thread; valid until the instance is gone.
///
/// A host may lack a service: logging and metrics then do nothing, the allocator is the system's, and the others
/// throw `unsupported`.
public final class Host: @unchecked Sendable {
  let pointer: UnsafePointer<headrace_host>
  public let log: Log
  public let metrics: Metrics
  public let secrets: Secrets
  public let state: State
  public let http: HTTP
  /// Memory for batches.
  public let allocator: Allocator

  init(_ pointer: UnsafePointer<headrace_host>?) throws {
    guard let pointer else { throw Barrier.missing("host") }
    let host = Sized.read(pointer, empty: headrace_host())
    func find<T>(_ id: String, _ empty: T) -> T {
      guard let found = id.withHeadraceString({ host.get_extension?(pointer, $0) }) else { return empty }
      return Sized.read(found.assumingMemoryBound(to: T.self), empty: empty)
    }
    self.pointer = pointer
    log = Log(host: pointer, table: find(HEADRACE_HOST_LOG, headrace_host_log()))
    metrics = Metrics(host: pointer, table: find(HEADRACE_HOST_METRICS, headrace_host_metrics()))
    secrets = Secrets(host: pointer, table: find(HEADRACE_HOST_SECRETS, headrace_host_secrets()))
    state = State(host: pointer, table: find(HEADRACE_HOST_STATE, headrace_host_state()))
    http = HTTP(host: pointer, table: find(HEADRACE_HOST_HTTP, headrace_host_http()))
    allocator = Allocator(host: pointer, table: find(HEADRACE_HOST_ALLOCATOR, headrace_host_allocator()))
  }
}

/// Takes over what the host filled in, and calls into the host in the way of the contract.
enum HostReply {
  /// The bytes of a buffer, which is then released.
  static func bytes(
    _ name: String,
    _ fill: (UnsafeMutablePointer<headrace_buffer>, UnsafeMutablePointer<headrace_error>) -> headrace_status
  )
    throws -> [UInt8]
  {
    var buffer = headrace_buffer()
    buffer.struct_size = UInt32(MemoryLayout<headrace_buffer>.size)
    try status(name) { fill(&buffer, $0) }
    defer { buffer.release?(&buffer) }
    return buffer.bytes.array
  }

  /// Throws what the host reported.
  static func status(_ name: String, _ body: (UnsafeMutablePointer<headrace_error>) -> headrace_status) throws {
    var error = headrace_error()
    error.struct_size = UInt32(MemoryLayout<headrace_error>.size)
    error.retry_after_ns = Int64(HEADRACE_NO_RETRY_AFTER)
    let status = body(&error)
    defer { error.release?(&error) }
    guard status != HEADRACE_OK else { return }
    let text = error.message.text
    throw PluginError(
      PluginError.Status(rawValue: status) ?? .fatal,
      text.isEmpty ? "\(name): status \(status) was returned" : text, vendorCode: error.vendor_code,
      vendorState: error.vendor_state.text,
      retryAfter: error.retry_after_ns < 0 ? nil : .nanoseconds(error.retry_after_ns))
  }
}
