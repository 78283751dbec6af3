import CLinux
import Glibc
package import HostModel

/// The worker's side, from the descriptors that its parent has left open.
package final class SystemWorkerEndpoint: WorkerEndpoint, @unchecked Sendable {
  // Sockets guard their own sending; each is received from by one thread.
  package let inbound: UnsafeRawBufferPointer
  package let outbound: UnsafeMutableRawBufferPointer
  private let sockets: [FrameSocket]

  /// The first thing that a worker does, before it has a second thread: it ties its life to its parent's and takes over what
  /// it was given.
  ///
  /// - Returns: nil if the parent is gone, or did not start this process as its worker.
  package init?(parent: Int32, segmentBytes: Int, frameBytes: Int = 1 << 30) {
    guard headrace_die_with_parent(parent) == 0 else { return nil }
    func map(_ descriptor: Int32, _ protection: Int32) -> UnsafeMutableRawPointer? {
      let memory = mmap(nil, segmentBytes, protection, MAP_SHARED | MAP_NORESERVE, descriptor, 0)
      Glibc.close(descriptor)
      return memory == UnsafeMutableRawPointer(bitPattern: -1) ? nil : memory
    }
    guard let input = map(WorkerDescriptors.inbound, PROT_READ),
      let output = map(WorkerDescriptors.outbound, PROT_READ | PROT_WRITE)
    else { return nil }
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
