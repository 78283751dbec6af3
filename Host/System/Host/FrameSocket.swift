import CLinux
import Glibc
import Synchronization

/// Frames over a stream socket: the length in four bytes, little-endian, and as many bytes.
///
/// Sending is for any thread, receiving for one at a time.
final class FrameSocket: @unchecked Sendable {
  enum Next { case frame([UInt8]), incomplete, broken }

  let descriptor: Int32
  private let limit: Int
  /// Whether the descriptor is closed: its number may be somebody else's then.
  private let isClosed = Mutex(false)
  private var received: [UInt8] = []
  /// Where the bytes begin that belong to no frame yet.
  private var place = 0
  private(set) var isBroken = false

  private static let headBytes = 4
  private static let chunkBytes = 1 << 16

  init(_ descriptor: Int32, limit: Int) {
    self.descriptor = descriptor
    self.limit = limit
  }

  /// - Parameter mayWait: whether to wait for room; otherwise a frame that has none is left out.
  /// - Returns: false if nobody takes it any more, or if there was no room.
  func send(_ frame: [UInt8], mayWait: Bool = true) -> Bool {
    var head = withUnsafeBytes(of: UInt32(frame.count).littleEndian) { Array($0) }
    head += frame
    return isClosed.withLock { isClosed in
      guard !isClosed else { return false }
      return head.withUnsafeBytes { bytes in
        var sent = 0
        while sent < bytes.count {
          // Once a part of a frame is on its way, the rest has to follow.
          let flags = Int32(MSG_NOSIGNAL) | (mayWait || sent > 0 ? 0 : Int32(MSG_DONTWAIT))
          let count = retryingInterrupts {
            Glibc.send(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, flags)
          }
          guard count > 0 else { return false }
          sent += count
        }
        return true
      }
    }
  }

  /// The next frame of what was taken in.
  func next() -> Next {
    let available = received.count - place
    guard available >= Self.headBytes else { return isBroken ? .broken : .incomplete }
    let length = received.withUnsafeBytes {
      Int(UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
    }
    guard length <= limit else {
      isBroken = true
      return .broken
    }
    guard available >= Self.headBytes + length else { return isBroken ? .broken : .incomplete }
    let start = place + Self.headBytes
    let frame = Array(received[start..<start + length])
    place = start + length
    if place == received.count || place >= Self.chunkBytes {
      received.removeFirst(place)
      place = 0
    }
    return .frame(frame)
  }

  /// Reads once what is there, or waits for it.
  func takeIn() {
    var chunk = [UInt8](repeating: 0, count: Self.chunkBytes)
    let count = retryingInterrupts { read(descriptor, &chunk, chunk.count) }
    guard count > 0 else {
      isBroken = true
      return
    }
    received += chunk[..<count]
  }

  /// Waits for a whole frame; nil once nobody sends any more.
  func receive() -> [UInt8]? {
    while true {
      switch next() {
      case .frame(let frame): return frame
      case .broken: return nil
      case .incomplete: takeIn()
      }
    }
  }

  /// A send that nobody takes anything of fails after this.
  func limitSending(to seconds: Int) {
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  func close() {
    isClosed.withLock { isClosed in
      if !isClosed { Glibc.close(descriptor) }
      isClosed = true
    }
  }
}
