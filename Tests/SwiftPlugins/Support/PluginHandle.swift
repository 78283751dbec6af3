import CHeadrace
import Glibc

/// A library of this build, loaded as the host loads it.
struct PluginHandle {
  let entry: UnsafePointer<headrace_entry>

  struct Failure: Error { var message: String }

  /// `name` is that of the product: `headrace-map`.
  init(_ name: String) throws {
    let path = try Self.folder() + "/lib\(name).so"
    guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE),
      let symbol = dlsym(library, "headrace_plugin_entry")
    else { throw Failure(message: String(cString: dlerror())) }
    typealias Entry = @convention(c) () -> UnsafePointer<headrace_entry>?
    guard let entry = unsafeBitCast(symbol, to: Entry.self)() else { throw Failure(message: "no entry in \(path)") }
    self.entry = entry
  }

  func table<T>(_ id: String, as type: T.Type) throws -> UnsafePointer<T> {
    var id = id
    let found = id.withUTF8 { utf8 in
      utf8.withMemoryRebound(to: CChar.self) {
        entry.pointee.get_extension(headrace_string(data: $0.baseAddress, length: UInt64($0.count)))
      }
    }
    guard let found else { throw Failure(message: "no extension \(id)") }
    return found.assumingMemoryBound(to: type)
  }

  /// Plugins lie beside the executable of the tests.
  static func folder() throws -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    guard length > 0 else { throw Failure(message: "/proc/self/exe cannot be read") }
    let path = String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
  }
}

/// What a call ended with, when not with success.
struct CallFailure: Error, CustomStringConvertible {
  var status: headrace_status
  var message: String
  var description: String { "status \(status): \(message)" }
}

/// The host's side of a call: memory for the structures that go along with it.
enum Caller {
  static func call() -> headrace_call {
    var call = headrace_call()
    call.struct_size = UInt32(MemoryLayout<headrace_call>.size)
    call.attempt = 1
    call.deadline_ns = Int64.max
    call.now = { _ in 0 }
    call.is_cancelled = { _ in 0 }
    return call
  }

  /// Runs one call; throws what it reported, and releases the error.
  static func run(
    _ body: (UnsafePointer<headrace_call>, UnsafeMutablePointer<headrace_error>) -> headrace_status
  ) throws {
    var error = headrace_error()
    error.struct_size = UInt32(MemoryLayout<headrace_error>.size)
    error.retry_after_ns = -1
    var call = call()
    let status = body(&call, &error)
    defer { error.release?(&error) }
    guard status != HEADRACE_OK else { return }
    let message = error.message.data.map {
      String(decoding: UnsafeRawBufferPointer(start: $0, count: Int(error.message.length)), as: UTF8.self)
    }
    throw CallFailure(status: status, message: message ?? "")
  }
}

/// An instance of a plugin; destroyed with the last reference.
final class PluginInstanceHandle {
  let pointer: OpaquePointer
  private let factory: UnsafePointer<headrace_factory>
  private let host: UnsafeMutablePointer<headrace_host>

  init(_ factory: UnsafePointer<headrace_factory>?, config: String) throws {
    guard let factory else { throw PluginHandle.Failure(message: "no factory") }
    self.factory = factory
    host = .allocate(capacity: 1)
    host.initialize(to: headrace_host())
    host.pointee.struct_size = UInt32(MemoryLayout<headrace_host>.size)
    host.pointee.abi_version = 1
    host.pointee.get_extension = { _, _ in nil }
    var made: OpaquePointer?
    let host = host
    do {
      try Caller.run { call, error in
        Array(config.utf8CString).withUnsafeBufferPointer {
          let text = headrace_string(data: $0.baseAddress, length: UInt64($0.count - 1))
          return factory.pointee.create(call, host, text, &made, error)
        }
      }
      guard let made else { throw PluginHandle.Failure(message: "no instance") }
      pointer = made
    } catch {
      host.deallocate()
      throw error
    }
  }

  deinit {
    factory.pointee.destroy(pointer)
    host.deallocate()
  }
}

extension headrace_string {
  var text: String {
    data.map { String(decoding: UnsafeRawBufferPointer(start: $0, count: Int(length)), as: UTF8.self) } ?? ""
  }
}
