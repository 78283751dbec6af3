import CHeadrace

/// Memory for the buffers of batches. Any thread.
///
/// Where the host offers none, or has none left, the memory is the system's.
public final class Allocator: @unchecked Sendable {
  private let host: UnsafePointer<headrace_host>?
  private let table: headrace_host_allocator

  /// The system's memory, for tests and for what never leaves the plugin.
  public static let system = Allocator()

  init(host: UnsafePointer<headrace_host>, table: headrace_host_allocator) {
    self.host = host
    self.table = table
  }

  private init() {
    host = nil
    table = headrace_host_allocator()
  }

  /// Memory aligned to 64 bytes, and whether it is the host's.
  func allocate(_ bytes: Int) -> (UnsafeMutableRawPointer, isHosts: Bool) {
    if let host, table.free != nil, let memory = table.allocate?(host, UInt64(bytes)) { return (memory, true) }
    return (.allocate(byteCount: bytes, alignment: 64), false)
  }

  func free(_ memory: UnsafeMutableRawPointer, isHosts: Bool) {
    guard isHosts, let host else { return memory.deallocate() }
    table.free?(host, memory)
  }
}
