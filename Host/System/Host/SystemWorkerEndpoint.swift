import CLinux
import Glibc
package import HostModel

/// The worker's side, from the descriptors that its parent has left open.
package final class SystemWorkerEndpoint: WorkerEndpoint, @unchecked Sendable {
  // Sockets guard their own sending; each is received from by one thread.
  package let inbound: any SharedMemory
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
    parent: Int32, confinement: Confinement?, segmentBytes: Int, frameBytes: WorkerRequest.FrameBytes,
    unenforced: inout [String]
  ) throws(Failure) {
    if let confinement {
      unenforced = try confinement.apply(parent: parent)
    } else if headrace_die_with_parent(parent) != 0 {
      throw Failure(.environment, "the worker's parent is gone")
    }
    do throws(Failure) {
      inbound = try MappedSegment(taking: WorkerDescriptors.inbound, segmentBytes, isWritable: false)
      // Mapped as long as the process lives: a plugin has blocks of it.
      outbound = try MappedSegment(taking: WorkerDescriptors.outbound, segmentBytes, isWritable: true).keep()
    } catch { throw Failure(.invalidInput, "a worker is started by headrace itself") }
    sockets = WorkerChannel.allCases.map { FrameSocket(WorkerDescriptors.channels[$0.rawValue], limit: frameBytes[$0]) }
  }

  package func send(_ frame: [UInt8], on channel: WorkerChannel, mayWait: Bool) -> Bool {
    sockets[channel.rawValue].send(frame, mayWait: mayWait)
  }

  package func receive(on channel: WorkerChannel) -> [UInt8]? { sockets[channel.rawValue].receive() }

  package func exit() -> Never { _exit(0) }
}
