import CLinux
import Glibc
import HostModel

/// A segment of shared memory in this process. It is unmapped when the last who holds it lets go.
final class MappedSegment: SharedMemory, @unchecked Sendable {
  // The mapping never changes; what lies in it is the concern of those who look.
  private let memory: UnsafeMutableRawBufferPointer

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(memory) }

  /// - Parameters:
  ///   - descriptor: of the segment; closed here, whatever comes of it.
  ///   - isLast: whether this is the last mapping of it that can be written, and the segment cannot be written otherwise.
  init(taking descriptor: Int32, _ count: Int, isWritable: Bool, isLast: Bool = false) throws(Failure) {
    defer { close(descriptor) }
    let protection = isWritable ? PROT_READ | PROT_WRITE : PROT_READ
    guard let start = mmap(nil, count, protection, MAP_SHARED | MAP_NORESERVE, descriptor, 0),
      start != UnsafeMutableRawPointer(bitPattern: -1)
    else { throw pathFailure("map it", "segment") }
    if isLast, headrace_seal_segment(descriptor, 0) != 0 {
      let failure = pathFailure("seal it", "segment")
      munmap(start, count)
      throw failure
    }
    memory = UnsafeMutableRawBufferPointer(start: start, count: count)
  }

  /// The memory, mapped for good.
  consuming func keep() -> UnsafeMutableRawBufferPointer {
    _ = Unmanaged.passRetained(self)
    return memory
  }

  /// The memory, for as long as this is held. It is ours to write if it was mapped so.
  var writable: UnsafeMutableRawBufferPointer { memory }

  deinit { munmap(memory.baseAddress, memory.count) }
}
