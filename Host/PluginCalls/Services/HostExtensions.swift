import CHeadrace
import HostModel

/// The C structures of the host services: constants, made once, shared by all instances.
enum HostExtensions {
  static func find(_ id: String) -> UnsafeRawPointer? {
    switch id {
    case HEADRACE_HOST_LOG: log.pointer
    case HEADRACE_HOST_METRICS: metrics.pointer
    case HEADRACE_HOST_SECRETS: secrets.pointer
    case HEADRACE_HOST_STATE: state.pointer
    case HEADRACE_HOST_ALLOCATOR: allocator.pointer
    case HEADRACE_HOST_HTTP: http.pointer
    default: nil
    }
  }

  private static let log = HostConstant(
    headrace_host_log(
      struct_size: UInt32(MemoryLayout<headrace_host_log>.size), reserved: 0,
      is_enabled: { host, level in
        guard let services = HostServices.of(host), let level = PluginLogLine.Level(rawValue: level) else { return 0 }
        return level >= services.provider.minimumLevel ? 1 : 0
      },
      write: { host, level, message, fields, count in
        guard let services = HostServices.of(host) else { return }
        func text(_ value: headrace_string) -> String { String(value, limit: HostServices.examinedBytes) }
        let pairs = (0..<Int(min(count, UInt64(HostServices.mostFields)))).compactMap { index in
          fields.map { (key: text($0[index].key), value: text($0[index].value)) }
        }
        services.write(PluginLogLine.Level(rawValue: level) ?? .info, text(message), fields: pairs)
      }))

  private static let metrics = HostConstant(
    headrace_host_metrics(
      struct_size: UInt32(MemoryLayout<headrace_host_metrics>.size), reserved: 0,
      add: { host, name, amount in
        HostServices.of(host)?.add(amount, to: String(name, limit: HostServices.nameBytes))
      },
      set: { host, name, value in
        HostServices.of(host)?.set(String(name, limit: HostServices.nameBytes), to: value)
      }))

  private static let secrets = HostConstant(
    headrace_host_secrets(
      struct_size: UInt32(MemoryLayout<headrace_host_secrets>.size), reserved: 0,
      read: { host, name, out, error in
        answer(error) { () throws(Failure) in
          guard let services = HostServices.of(host) else { throw missingHost }
          lend(try services.secret(String(name)), to: out)
        }
      }))

  private static let state = HostConstant(
    headrace_host_state(
      struct_size: UInt32(MemoryLayout<headrace_host_state>.size), reserved: 0,
      read: { host, key, out, error in
        answer(error) { () throws(Failure) in
          guard let services = HostServices.of(host) else { throw missingHost }
          lend(try services.readState(String(key)), to: out)
        }
      },
      write: { host, key, value, error in
        answer(error) { () throws(Failure) in
          guard let services = HostServices.of(host) else { throw missingHost }
          try services.writeState(String(key), [UInt8](value))
        }
      }))

  private static let allocator = HostConstant(
    headrace_host_allocator(
      struct_size: UInt32(MemoryLayout<headrace_host_allocator>.size), reserved: 0,
      allocate: { _, bytes in PrivateMemory.allocate(bytes) },
      free: { _, memory in PrivateMemory.free(memory) }))
}

/// A structure at an address that never changes.
struct HostConstant: @unchecked Sendable {
  // Written once, before it is shared.
  let pointer: UnsafeRawPointer

  init<T>(_ value: T) {
    let memory = UnsafeMutablePointer<T>.allocate(capacity: 1)
    memory.initialize(to: value)
    pointer = UnsafeRawPointer(memory)
  }
}

let missingHost = Failure(.run, "the host structure is not one of this host's", status: .invalidConfig)

/// Runs a service and turns its failure into a status and an error of the ABI.
func answer(
  _ error: UnsafeMutablePointer<headrace_error>?, _ body: () throws(Failure) -> Void
) -> headrace_status {
  do throws(Failure) {
    try body()
    return HEADRACE_OK
  } catch let failure {
    fill(error, failure)
    return (failure.status ?? .transient).rawValue
  }
}

/// Writes a failure of the host into an error that a plugin lent.
func fill(_ error: UnsafeMutablePointer<headrace_error>?, _ failure: Failure) {
  fill(error, WorkerOutcome(ofService: failure))
}

/// Writes how a call ended into an error.
func fill(_ error: UnsafeMutablePointer<headrace_error>?, _ outcome: WorkerOutcome) {
  guard let error, error.pointee.struct_size >= UInt32(MemoryLayout<headrace_error>.size) else { return }
  let loan = Loan()
  error.pointee.status = outcome.status.rawValue
  error.pointee.message = loan.text(outcome.message)
  error.pointee.vendor_state = loan.text(outcome.vendorCode)
  error.pointee.retry_after_ns = outcome.retryAfter
  let details = outcome.details.map { headrace_key_value(key: loan.text($0.key), value: loan.text($0.value)) }
  error.pointee.details = details.isEmpty ? nil : loan.array(details)
  error.pointee.n_details = UInt64(details.count)
  error.pointee.private_data = Unmanaged.passRetained(loan).toOpaque()
  error.pointee.release = { error in
    guard let error, let loan = error.pointee.private_data else { return }
    Unmanaged<Loan>.fromOpaque(loan).release()
    error.pointee.private_data = nil
    error.pointee.release = nil
  }
}

/// Gives bytes to a plugin; they are erased when it releases them.
func lend(_ bytes: [UInt8], to out: UnsafeMutablePointer<headrace_buffer>?) {
  guard let out else { return }
  let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, bytes.count))
  copy.initialize(from: bytes, count: bytes.count)
  out.pointee.bytes = headrace_bytes(data: UnsafePointer(copy), length: UInt64(bytes.count))
  out.pointee.private_data = UnsafeMutableRawPointer(copy)
  out.pointee.release = { buffer in
    guard let buffer, let memory = buffer.pointee.private_data else { return }
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: Int(buffer.pointee.bytes.length))
    memory.deallocate()
    buffer.pointee.private_data = nil
    buffer.pointee.release = nil
  }
}
