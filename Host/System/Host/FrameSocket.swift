import CLinux
import Glibc
import HostModel
import Synchronization

/// Frames over a stream socket: the length in four bytes, little-endian, and as many bytes.
///
/// Sending is for any thread, receiving for one at a time.
final class FrameSocket: @unchecked Sendable {
  // What sending changes is under its lock; what receiving changes belongs to the one thread that receives.
  enum Next {
    case frame([UInt8]), incomplete
    /// A frame has begun that is longer than frames may be.
    case tooLong(Int)
    /// Nothing more comes.
    case broken
  }

  let descriptor: Int32
  private let limit: Int
  private let sending = Mutex(Sending.whole)
  /// What was received, between `place` and `end`. It grows with what has come, never by what was only announced.
  private var received = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkBytes, alignment: 8)
  private var place = 0
  private var end = 0
  private var isEnded = false
  private var alertness = Alertness()

  /// What stands between a frame and its way.
  private enum Sending {
    case whole
    /// A frame was left half sent: whatever followed would be taken for the rest of it.
    case broken
    /// The descriptor's number may be somebody else's.
    case closed
  }

  private static let headBytes = 4
  private static let chunkBytes = 1 << 16

  init(_ descriptor: Int32, limit: Int) {
    self.descriptor = descriptor
    self.limit = limit
  }

  /// Whether there is nothing to wait for any more.
  var isOver: Bool {
    if isEnded { return true }
    guard let length = announced else { return false }
    return length > limit
  }

  /// - Parameters:
  ///   - mayWait: whether to wait for room; otherwise a frame that has none is left out. Once a part of a frame is on its way, the
  ///     rest is waited for.
  ///   - deadline: of all waiting. A frame that is half sent then is the last one.
  /// - Returns: false if nobody takes it any more, or not in time, or if there was no room.
  func send(_ frame: [UInt8], mayWait: Bool = true, until deadline: Instant = .distantFuture) -> Bool {
    let whole = [UInt8](unsafeUninitializedCapacity: Self.headBytes + frame.count) { target, count in
      let bytes = UnsafeMutableRawBufferPointer(target)
      bytes.storeBytes(of: UInt32(frame.count).littleEndian, as: UInt32.self)
      UnsafeMutableRawBufferPointer(rebasing: bytes[Self.headBytes...]).copyBytes(from: frame)
      count = bytes.count
    }
    return sending.withLock { sending in
      guard sending == .whole else { return false }
      let sent = whole.withUnsafeBytes { send($0, mayWait: mayWait, until: deadline) }
      if sent > 0, sent < whole.count { sending = .broken }
      return sent == whole.count
    }
  }

  /// - Returns: how many bytes are on their way.
  private func send(_ bytes: UnsafeRawBufferPointer, mayWait: Bool, until deadline: Instant) -> Int {
    var sent = 0
    while sent < bytes.count {
      // It is the wait that has a deadline: a receiver that takes a little now and then would put off any limit of one send.
      let count = retryingInterrupts {
        Glibc.send(
          descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
      }
      if count > 0 {
        sent += count
      } else {
        guard errno == EAGAIN || errno == EWOULDBLOCK, mayWait || sent > 0, waitForRoom(until: deadline) else { break }
      }
    }
    return sent
  }

  /// - Returns: false once the deadline has passed.
  private func waitForRoom(until deadline: Instant) -> Bool {
    let left = deadline.duration(since: Instant(nanoseconds: headrace_monotonic_ns())).wholeNanoseconds
    guard left > 0 else { return false }
    var polled = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    // A millisecond more than is left, since the rest is rounded down.
    let pause = deadline == .distantFuture ? -1 : Int32(clamping: left / 1_000_000 + 1)
    _ = poll(&polled, 1, pause)
    return true
  }

  /// The length of the next frame, once it has come.
  private var announced: Int? {
    guard end - place >= Self.headBytes else { return nil }
    return Int(UInt32(littleEndian: received.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
  }

  /// The next frame of what was taken in.
  func next() -> Next {
    guard let length = announced else { return isEnded ? .broken : .incomplete }
    guard length <= limit else { return .tooLong(length) }
    let start = place + Self.headBytes
    guard end - start >= length else { return isEnded ? .broken : .incomplete }
    place = start + length
    return .frame(Array(received[start..<place]))
  }

  /// Reads once what is there, or waits for it.
  func takeIn() { _ = takeIn(flags: 0) }

  /// - Returns: false if there is nothing yet.
  func takeInWhatIsThere() -> Bool { takeIn(flags: Int32(MSG_DONTWAIT)) }

  private func takeIn(flags: Int32) -> Bool {
    makeRoom()
    let room = received.count - end
    let count = retryingInterrupts { recv(descriptor, received.baseAddress.map { $0 + end }, room, flags) }
    if count < 0, errno == EAGAIN || errno == EWOULDBLOCK { return false }
    if count > 0 { end += count } else { isEnded = true }
    return true
  }

  /// What belongs to no frame yet is moved to the front, and has at least as much room behind it.
  private func makeRoom() {
    let kept = end - place
    let size = kept <= Self.chunkBytes / 2 ? Self.chunkBytes : max(received.count, kept * 2)
    if size != received.count {
      let moved = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 8)
      moved.copyMemory(from: UnsafeRawBufferPointer(rebasing: received[place..<end]))
      received.deallocate()
      received = moved
    } else if place > 0, let start = received.baseAddress {
      memmove(start, start + place, kept)
    }
    (place, end) = (0, kept)
  }

  /// Waits for a whole frame; nil once nobody sends any more.
  func receive() -> [UInt8]? {
    while true {
      switch next() {
      case .frame(let frame): return frame
      case .broken, .tooLong: return nil
      case .incomplete:
        if alertness.look(takeInWhatIsThere) { continue }
        alertness.wait(takeIn)
      }
    }
  }

  func close() {
    sending.withLock { sending in
      if sending != .closed { Glibc.close(descriptor) }
      sending = .closed
    }
  }

  deinit { received.deallocate() }
}
