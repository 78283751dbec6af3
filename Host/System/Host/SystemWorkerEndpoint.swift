import CLinux
import Glibc
package import HostModel

/// The worker's side, from the descriptors that its parent has left open.
package final class SystemWorkerEndpoint: WorkerEndpoint, @unchecked Sendable {
  // Sockets guard their own sending; each is received from by one thread.
  package let inbound: UnsafeRawBufferPointer
  package let outbound: UnsafeMutableRawBufferPointer
  private let sockets: [FrameSocket]

  /// The first thing that a worker does, before it has a second thread: it ties its life to its parent's, confines itself, and
  /// takes over what it was given.
  ///
  /// - Parameters:
  ///   - confinement: nil for a worker that may do what its parent may.
  ///   - unenforced: what the kernel cannot enforce of it.
  /// - Throws: if it is not as confined as it was asked to be, or has no parent that waits for it.
  package init(
    parent: Int32, confinement: Confinement?, segmentBytes: Int, frameBytes: Int, unenforced: inout [String]
  ) throws(Failure) {
    if let confinement {
      unenforced = try confinement.apply(parent: parent)
    } else if headrace_die_with_parent(parent) != 0 {
      throw Failure(.environment, "the worker's parent is gone")
    }
    func map(_ descriptor: Int32, _ protection: Int32) -> UnsafeMutableRawPointer? {
      let memory = mmap(nil, segmentBytes, protection, MAP_SHARED | MAP_NORESERVE, descriptor, 0)
      Glibc.close(descriptor)
      return memory == UnsafeMutableRawPointer(bitPattern: -1) ? nil : memory
    }
    guard let input = map(WorkerDescriptors.inbound, PROT_READ),
      let output = map(WorkerDescriptors.outbound, PROT_READ | PROT_WRITE)
    else { throw Failure(.invalidInput, "a worker is started by headrace itself") }
    inbound = UnsafeRawBufferPointer(start: input, count: segmentBytes)
    outbound = UnsafeMutableRawBufferPointer(start: output, count: segmentBytes)
    sockets = WorkerDescriptors.channels.map { FrameSocket($0, limit: frameBytes) }
  }

  package func send(_ frame: [UInt8], on channel: WorkerChannel, mayWait: Bool) -> Bool {
    sockets[channel.rawValue].send(frame, mayWait: mayWait)
  }

  package func receive(on channel: WorkerChannel) -> [UInt8]? { sockets[channel.rawValue].receive() }

  package func exit() -> Never { _exit(0) }
}
