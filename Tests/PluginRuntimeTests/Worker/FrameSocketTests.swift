import Glibc
import HostModel
import Synchronization
import Testing

@testable import HostSystem

@Suite struct FrameSocketTests {
  /// Two ends of a connection.
  private func pair() throws -> (FrameSocket, FrameSocket) {
    var ends: [Int32] = [-1, -1]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    return (FrameSocket(ends[0], limit: 64 << 20), FrameSocket(ends[1], limit: 64 << 20))
  }

  private func soon() -> Instant { SystemClock().now().advanced(by: .milliseconds(100)) }

  @Test func aFrameThatNobodyTakesEndsTheWaitAtItsDeadline() throws {
    let (sender, receiver) = try pair()
    defer { for socket in [sender, receiver] { socket.close() } }
    #expect(!sender.send([UInt8](repeating: 1, count: 8 << 20), until: soon()))
    #expect(!sender.send([2]), "it would be taken for the rest of what was left half sent")
  }

  /// Each piece that is taken is progress, and no reason to go on for ever.
  @Test func aReceiverThatTakesLittleDoesNotPutOffTheDeadline() throws {
    let (sender, receiver) = try pair()
    let isOver = Shared(false)
    let taken = Shared(0)
    let descriptor = receiver.descriptor
    let taking = try Background { () throws(Failure) in
      var bytes = [UInt8](repeating: 0, count: 1024)
      while !isOver.current {
        let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        if count > 0 { taken.change { $0 += count } }
        usleep(1000)
      }
    }
    #expect(sender.send([1]))
    try eventually("it takes something") { taken.current > 0 }
    let frame = [UInt8](repeating: 1, count: 64 << 20)
    #expect(!sender.send(frame, until: soon()))
    #expect(taken.current < frame.count)
    isOver.change { $0 = true }
    try taking.value()
    for socket in [sender, receiver] { socket.close() }
  }

  @Test func aFrameThatNeedNotGoIsLeftOutWhole() throws {
    let (sender, receiver) = try pair()
    defer { for socket in [sender, receiver] { socket.close() } }
    let frame = [UInt8](repeating: 1, count: 100)
    var sent = 0
    while sender.send(frame, mayWait: false) { sent += 1 }
    try #require(sent > 0 && sent < 1 << 20)
    for _ in 0..<sent { #expect(receiver.receive() == frame) }
    #expect(sender.send([2], until: soon()) && receiver.receive() == [2])
  }
}
