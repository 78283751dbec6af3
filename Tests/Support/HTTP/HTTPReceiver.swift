import Foundation
import Synchronization

/// A web server on a private loopback port that answers by script, and fails as receivers do.
package final class HTTPReceiver: Sendable {
  package enum Reply: Sendable {
    case status(Int, headers: [String: String] = [:], body: String = "")
    /// Answers 200 and waits for the next request on the same connection.
    case keepAlive(body: String)
    /// Reads the request and says nothing until the client or `stop` ends the connection.
    case hang
    /// Answers with this instead of HTTP.
    case garbage(String)
    /// Reads the request and closes the connection.
    case close
    /// Announces a body of 1000 bytes, sends ten, and closes the connection.
    case cutShort
    /// A body without end, until the client goes away.
    case endless
  }

  package struct Request: Sendable {
    package let method: String
    /// The path with its query.
    package let target: String
    /// By names in lower case.
    package let headers: [String: String]
    package let body: [UInt8]
  }

  private struct State {
    var script: [Reply]
    var afterwards: Reply
    var requests: [Request] = []
    var connections: Set<Int32> = []
    var connectionCount = 0
    var isStopped = false
  }

  package let port: Int
  private let listener: Int32
  private let state: Mutex<State>
  private let threads = DispatchGroup()
  private let arrived = DispatchSemaphore(value: 0)

  /// - Parameters:
  ///   - script: the answers to the first requests.
  ///   - afterwards: to all that follow.
  package init(_ script: [Reply] = [], afterwards: Reply = .status(204)) throws {
    (listener, port) = try Loopback.listen()
    state = Mutex(State(script: script, afterwards: afterwards))
    thread { $0.acceptAll() }
  }

  /// A port that nobody listens on.
  package static func unusedPort() throws -> Int { try Loopback.freePort() }

  package var requests: [Request] { state.withLock { $0.requests } }

  /// How many connections were made so far.
  package var connectionCount: Int { state.withLock { $0.connectionCount } }

  /// Requests are answered like this from now on.
  package func answer(_ reply: Reply) {
    state.withLock { state in
      state.script = []
      state.afterwards = reply
    }
  }

  /// Returns when one more request has arrived; false if none does in a minute.
  package func awaitRequest() -> Bool { arrived.wait(timeout: .now() + 60) == .success }

  /// Ends all connections and every thread of this.
  package func stop() {
    // While nobody closes one: its number may be another's by then, of any test that runs beside.
    let isFirst = state.withLock { state in
      defer { state.isStopped = true }
      if !state.isStopped { for connection in state.connections { shutdown(connection, Int32(SHUT_RDWR)) } }
      return !state.isStopped
    }
    guard isFirst else { return }
    shutdown(listener, Int32(SHUT_RDWR))
    threads.wait()
    close(listener)
  }

  private func thread(_ body: @escaping @Sendable (HTTPReceiver) -> Void) {
    threads.enter()
    Thread.detachNewThread { [self] in
      body(self)
      threads.leave()
    }
  }

  private func acceptAll() {
    while true {
      let connection = accept(listener, nil, nil)
      guard connection >= 0 else { return }
      _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
      let isWanted = state.withLock { state in
        if !state.isStopped {
          state.connections.insert(connection)
          state.connectionCount += 1
        }
        return !state.isStopped
      }
      guard isWanted else {
        close(connection)
        return
      }
      thread { $0.serve(connection) }
    }
  }

  private func serve(_ connection: Int32) {
    var isKept = true
    while isKept, let request = readRequest(connection) {
      let reply = state.withLock { state in
        state.requests.append(request)
        return state.script.isEmpty ? state.afterwards : state.script.removeFirst()
      }
      arrived.signal()
      isKept = answer(connection, reply)
    }
    state.withLock { _ = $0.connections.remove(connection) }
    close(connection)
  }

  private func readRequest(_ connection: Int32) -> Request? {
    var bytes: [UInt8] = []
    let separator = Array("\r\n\r\n".utf8)
    while true {
      if let end = bytes.indices.first(where: { bytes[$0...].starts(with: separator) }) {
        let lines = String(decoding: bytes[..<end], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ").map(String.init)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
          let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
          headers[parts[0].lowercased()] = parts.count > 1 ? parts[1] : ""
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        let body = end + separator.count
        while bytes.count < body + length { if !receive(connection, &bytes) { return nil } }
        return Request(method: words[0], target: words[1], headers: headers, body: Array(bytes[body...]))
      }
      if !receive(connection, &bytes) { return nil }
    }
  }

  private func receive(_ connection: Int32, _ bytes: inout [UInt8]) -> Bool {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    let count = recv(connection, &chunk, chunk.count, 0)
    if count > 0 { bytes += chunk[..<count] }
    return count > 0
  }

  /// - Returns: whether the connection is for another request.
  private func answer(_ connection: Int32, _ reply: Reply) -> Bool {
    switch reply {
    case .keepAlive(let body):
      return say(connection, "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    case .status(let code, let headers, let body):
      let lines = headers.map { "\($0.key): \($0.value)\r\n" }.joined()
      let length = code == 204 ? "" : "Content-Length: \(body.utf8.count)\r\n"
      _ = say(connection, "HTTP/1.1 \(code) Scripted\r\n\(lines)\(length)Connection: close\r\n\r\n\(body)")
    case .hang:
      var ignored: [UInt8] = []
      while receive(connection, &ignored) {}
    case .garbage(let text): _ = say(connection, text)
    case .close: break
    case .cutShort: _ = say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n0123456789")
    case .endless:
      _ = say(connection, "HTTP/1.1 200 OK\r\n\r\n")
      while say(connection, String(repeating: "x", count: 1 << 14)) {}
    }
    return false
  }

  private func say(_ connection: Int32, _ text: String) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
