import Glibc

/// A structure that ends where a page does, with nothing mapped behind it: who reads or writes past it ends the process.
///
/// A grown one is longer than this version of the headers: its tail is filled, and belongs to nobody who does not know it.
final class Guarded<T>: @unchecked Sendable {
  // Lent to one call at a time.
  private static var page: Int { Int(sysconf(Int32(_SC_PAGESIZE))) }
  private let base: UnsafeMutableRawPointer
  private let bytes: Int
  private let tail: Int
  let pointer: UnsafeMutablePointer<T>

  /// - Parameter tail: bytes behind the structure that count as its own; a multiple of 8.
  init(_ value: T, tail: Int = 0) {
    let size = (MemoryLayout<T>.size + tail + 7) & ~7
    let room = (size + Self.page - 1) / Self.page * Self.page
    bytes = room + Self.page
    self.tail = tail
    let mapped = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapped, mapped != MAP_FAILED else { preconditionFailure("no memory for a structure of \(size) bytes") }
    base = mapped
    mprotect(base + room, Self.page, PROT_NONE)
    pointer = (base + room - size).bindMemory(to: T.self, capacity: 1)
    pointer.initialize(to: value)
    tailBytes.initializeMemory(as: UInt8.self, repeating: 0xA5)
  }

  /// As many bytes as the structure says that it has.
  var size: UInt32 { UInt32(MemoryLayout<T>.size + tail) }

  private var tailBytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: UnsafeMutableRawPointer(pointer) + MemoryLayout<T>.size, count: tail)
  }

  /// Whether a size that a plugin has left in the structure is one: who fills it may say how far it did, which is not less
  /// than version 1 and not more than it was given.
  func isSize(_ stated: UInt32) -> Bool { stated >= UInt32(MemoryLayout<T>.size) && stated <= size }

  /// Whether nobody has written behind what this version knows.
  var isTailUntouched: Bool { tailBytes.allSatisfy { $0 == 0xA5 } }

  var content: [UInt8] { Array(UnsafeRawBufferPointer(start: pointer, count: MemoryLayout<T>.size)) }

  deinit { munmap(base, bytes) }
}
