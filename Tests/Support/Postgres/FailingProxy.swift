import Foundation
import Synchronization

/// Stands between clients and a server, on a private loopback port, and fails as networks do, at a byte that the test
/// chooses.
package final class FailingProxy: Sendable {
  /// What becomes of a connection.
  package enum Ending: Sendable, CaseIterable {
    /// The end of the stream, as from a server that has left.
    case closed
    /// A reset, as from a firewall that has forgotten the connection.
    case reset
    /// Nothing arrives any more, and nobody says so.
    case silent
  }

  private struct Plan {
    /// Bytes of the server's that a connection lets through; nil: all.
    var bytes: Int?
    var ending: Ending
    /// Connections that still have to fail.
    var left: Int
    var failed: Int
  }

  package let port: Int
  private let listener: Int32
  private let server: Int
  private let plan = Mutex(Plan(bytes: nil, ending: .closed, left: 0, failed: 0))

  /// - Parameter port: the server's.
  package init(before port: Int) throws {
    (listener, self.port) = try Loopback.listen()
    server = port
    let accepting = listener
    Thread.detachNewThread { [weak self] in
      while true {
        let client = accept(accepting, nil, nil)
        guard client >= 0, let self else {
          if client >= 0 { close(client) }
          close(accepting)
          return
        }
        Thread.detachNewThread { self.serve(client) }
      }
    }
  }

  /// Ends `accept`, whose thread closes the socket.
  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  /// What becomes of the first connections that begin from now on; later ones are let through.
  package func fail(after bytes: Int?, _ ending: Ending = .closed, first count: Int = .max) {
    plan.withLock { ($0.bytes, $0.ending, $0.left) = (bytes, ending, count) }
  }

  /// How many have come to the byte that was their last.
  package var failed: Int { plan.withLock { $0.failed } }

  // MARK: - A connection

  private func serve(_ client: Int32) {
    defer { close(client) }
    _ = fcntl(client, F_SETFD, FD_CLOEXEC)
    guard let server = Loopback.connect(to: server) else { return }
    defer { close(server) }
    let (bytes, ending) = plan.withLock { plan in
      plan.left -= 1
      return (plan.left >= 0 ? plan.bytes : nil, plan.ending)
    }
    var left = bytes ?? .max
    while left > 0 {
      var watched = [client, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      guard poll(&watched, 2, -1) > 0 else { return }
      if watched[0].revents != 0, Self.forward(from: client, to: server, most: .max) == 0 { return }
      guard watched[1].revents != 0 else { continue }
      let moved = Self.forward(from: server, to: client, most: left)
      guard moved > 0 else { return }
      left -= moved
    }
    plan.withLock { $0.failed += 1 }
    end(client, ending)
  }

  private func end(_ client: Int32, _ ending: Ending) {
    switch ending {
    case .closed: shutdown(client, Int32(SHUT_RDWR))
    case .reset:
      var atOnce = linger(l_onoff: 1, l_linger: 0)
      setsockopt(client, SOL_SOCKET, SO_LINGER, &atOnce, socklen_t(MemoryLayout<linger>.size))
    case .silent:
      var ignored = [UInt8](repeating: 0, count: 4096)
      while read(client, &ignored, ignored.count) > 0 {}
    }
  }

  /// Moves what has arrived; 0 at the end of either side.
  private static func forward(from source: Int32, to target: Int32, most: Int) -> Int {
    var buffer = [UInt8](repeating: 0, count: min(most, 65_536))
    let count = read(source, &buffer, buffer.count)
    var sent = 0
    while sent < count {
      let written = buffer[sent..<count].withUnsafeBytes {
        send(target, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard written > 0 else { return 0 }
      sent += written
    }
    return max(count, 0)
  }
}
