import CArrow
import CHeadrace
import Foundation

/// A plugin loaded as a host loads it: by path, through its one symbol.
struct PluginUnderTest {
  let entry: headrace_entry

  struct NotLoaded: Error, CustomStringConvertible {
    let description: String
  }

  /// `name` as in `libheadrace-<name>.so`, beside the test executable or where `HEADRACE_TEST_PLUGINS` says.
  init(_ name: String) throws {
    let named = ProcessInfo.processInfo.environment["HEADRACE_TEST_PLUGINS"]
    let executable = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let folder = named ?? URL(fileURLWithPath: executable).deletingLastPathComponent().path
    guard let library = dlopen("\(folder)/libheadrace-\(name).so", RTLD_NOW | RTLD_LOCAL),
      let symbol = dlsym(library, "headrace_plugin_entry")
    else { throw NotLoaded(description: dlerror().map { String(cString: $0) } ?? "no reason") }
    typealias Entry = @convention(c) () -> UnsafePointer<headrace_entry>?
    guard let entry = unsafeBitCast(symbol, to: Entry.self)() else { throw NotLoaded(description: "no entry") }
    self.entry = entry.pointee
  }

  /// The structure of a kind, such as `headrace_format` by its id.
  func kind<Kind>(_ id: String, as: Kind.Type) throws -> Kind {
    guard let found = id.withC({ entry.get_extension($0) }) else { throw NotLoaded(description: "no kind \(id)") }
    return found.load(as: Kind.self)
  }

  /// Never written to after it was made.
  nonisolated(unsafe) static let host: UnsafeMutablePointer<headrace_host> = {
    let host = UnsafeMutablePointer<headrace_host>.allocate(capacity: 1)
    host.initialize(to: headrace_host())
    host.pointee.struct_size = UInt32(MemoryLayout<headrace_host>.size)
    host.pointee.abi_version = 1
    host.pointee.get_extension = { _, _ in nil }
    return host
  }()
}

/// A configured instance, destroyed with its owner.
final class PluginInstance {
  let handle: OpaquePointer
  private let factory: headrace_factory

  init(_ factory: headrace_factory, config: String) throws {
    self.factory = factory
    var made: OpaquePointer?
    try SourceDriver.call(Int64.max) { call, error in
      config.withC { factory.create(call, PluginUnderTest.host, $0, &made, error) }
    }
    guard let made else { throw PluginUnderTest.NotLoaded(description: "no instance") }
    handle = made
  }

  deinit { factory.destroy(handle) }
}

/// Batches with the schema that they share, released with their owner.
final class Batches {
  var schema = ArrowSchema()
  var arrays: [ArrowArray] = []

  deinit {
    for index in arrays.indices where arrays[index].release != nil { arrays[index].release(&arrays[index]) }
    if schema.release != nil { schema.release(&schema) }
  }
}
