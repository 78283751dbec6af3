import CHeadrace
import Glibc
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
    default: nil
    }
  }

  /// A structure at an address that never changes.
  private struct Constant: @unchecked Sendable {
    // Written once, before it is shared.
    let pointer: UnsafeRawPointer

    init<T>(_ value: T) {
      let memory = UnsafeMutablePointer<T>.allocate(capacity: 1)
      memory.initialize(to: value)
      pointer = UnsafeRawPointer(memory)
    }
  }

  private static let log = Constant(
    headrace_host_log(
      struct_size: UInt32(MemoryLayout<headrace_host_log>.size), reserved: 0,
      is_enabled: { host, level in
        guard let services = HostServices.of(host), let level = PluginLogLine.Level(rawValue: level) else { return 0 }
        return level >= services.provider.minimumLevel ? 1 : 0
      },
      write: { host, level, message, fields, count in
        guard let services = HostServices.of(host) else { return }
        let pairs = (0..<Int(min(count, 64))).compactMap { index in
          fields.map { ($0[index].key, $0[index].value) }
        }
        services.write(PluginLogLine.Level(rawValue: level) ?? .info, message, fields: pairs)
      }))

  private static let metrics = Constant(
    headrace_host_metrics(
      struct_size: UInt32(MemoryLayout<headrace_host_metrics>.size), reserved: 0,
      add: { host, name, amount in
        HostServices.of(host)?.change(String(name)) { $0 + Double(amount) }
      },
      set: { host, name, value in
        HostServices.of(host)?.change(String(name)) { _ in value }
      }))

  private static let secrets = Constant(
    headrace_host_secrets(
      struct_size: UInt32(MemoryLayout<headrace_host_secrets>.size), reserved: 0,
      read: { host, name, out, error in
        answer(error) { () throws(Failure) in
          guard let services = HostServices.of(host) else { throw missingHost }
          lend(try services.secret(String(name)), to: out)
        }
      }))

  private static let state = Constant(
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

  private static let allocator = Constant(
    headrace_host_allocator(
      struct_size: UInt32(MemoryLayout<headrace_host_allocator>.size), reserved: 0,
      allocate: { _, bytes in
        // Swift's own allocation would end the process where the ABI promises NULL.
        var memory: UnsafeMutableRawPointer?
        guard bytes <= 1 << 40, posix_memalign(&memory, 64, max(64, Int(bytes))) == 0 else { return nil }
        return memory
      },
      free: { _, memory in Glibc.free(memory) }))
}

private let missingHost = Failure(.run, "the host structure is not one of this host's", status: .invalidConfig)

/// Runs a service and turns its failure into a status and an error of the ABI.
private func answer(
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
  guard let error, error.pointee.struct_size >= UInt32(MemoryLayout<headrace_error>.size) else { return }
  let text = Array(failure.description.utf8)
  let copy = UnsafeMutablePointer<CChar>.allocate(capacity: max(1, text.count))
  for (index, byte) in text.enumerated() { (copy + index).initialize(to: CChar(bitPattern: byte)) }
  error.pointee.status = (failure.status ?? .transient).rawValue
  error.pointee.message = headrace_string(data: UnsafePointer(copy), length: UInt64(text.count))
  error.pointee.private_data = UnsafeMutableRawPointer(copy)
  error.pointee.release = { error in
    error?.pointee.private_data?.deallocate()
    error?.pointee.private_data = nil
    error?.pointee.release = nil
  }
}

/// Gives bytes to a plugin; they are erased when it releases them.
private func lend(_ bytes: [UInt8], to out: UnsafeMutablePointer<headrace_buffer>?) {
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

extension HostServices {
  func change(_ name: String, _ body: (Double) -> Double) {
    metrics.withLock { metrics in
      guard metrics.values[name] != nil || metrics.values.count < Self.metricLimit else {
        metrics.dropped += 1
        return
      }
      metrics.values[name] = body(metrics.values[name] ?? 0)
    }
  }

  func secret(_ name: String) throws(Failure) -> [UInt8] {
    guard name.hasPrefix("env:"), mayRead(String(name.dropFirst(4))) else {
      throw Failure(
        .invalidInput, "plugin '\(plugin)' may not read '\(name)'",
        advice: "declare it under 'permissions: env' in the plugin's manifest", status: .permissionDenied)
    }
    guard let value = provider.environment(String(name.dropFirst(4))) else {
      throw Failure(.environment, "'\(name)' is not set", status: .notFound)
    }
    learn(value)
    return Array(value.utf8)
  }

  /// Whether the manifest names the variable, or its beginning as `PG*`.
  private func mayRead(_ variable: String) -> Bool {
    secretNames.contains { $0.hasSuffix("*") ? variable.hasPrefix($0.dropLast()) : variable == $0 }
  }

  private func statePath(_ key: String) throws(Failure) -> (folder: String, file: String) {
    guard !key.isEmpty, key.utf8.count <= 128 else {
      throw Failure(.run, "a key of the state store has 1 to 128 bytes", status: .invalidConfig)
    }
    // Names are the plugin's: written in hexadecimal they cannot climb out of the folder.
    func hex(_ text: String) -> String {
      text.utf8.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
    let folder = "\(provider.stateRoot)/\(hex(pipeline))/\(hex(plugin))"
    return (folder, "\(folder)/\(hex(key))")
  }

  func readState(_ key: String) throws(Failure) -> [UInt8] {
    try provider.files.read(statePath(key).file, limit: 1 << 20)
  }

  func writeState(_ key: String, _ value: [UInt8]) throws(Failure) {
    guard value.count <= 1 << 20 else {
      throw Failure(.run, "a value of the state store has at most 1 MiB", status: .invalidConfig)
    }
    let (folder, file) = try statePath(key)
    try provider.files.createDirectory(folder)
    try provider.files.replaceDurably(file, value)
  }
}
