import Glibc
import HostModel

/// Lines of standard input, one after another, until its end or until somebody wants to stop: a wait for input is no
/// reason not to.
struct QuestionReader {
  /// A question is not longer, and a file that is no text does not fill the memory.
  private static let longest = 1 << 20
  private static let look: Int32 = 100

  private let stop: Cancellation
  private var buffer: [UInt8] = []
  private var isOver = false

  init(stop: Cancellation) { self.stop = stop }

  /// - Returns: the next line that is not empty; nil at the end.
  /// - Throws: a failure of invalid input for a line that is too long or no UTF-8.
  mutating func next() throws(Failure) -> String? {
    while !stop.isCancelled {
      if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        let line = Array(buffer[..<end])
        buffer.removeSubrange(...end)
        if !line.isEmpty { return try text(line) }
      } else if isOver {
        defer { buffer = [] }
        return buffer.isEmpty ? nil : try text(buffer)
      } else {
        try read()
      }
    }
    return nil
  }

  private mutating func read() throws(Failure) {
    var wanted = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    guard poll(&wanted, 1, Self.look) > 0 else { return }
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    let count = Glibc.read(STDIN_FILENO, &chunk, chunk.count)
    guard count > 0 else {
      isOver = count == 0 || errno != EINTR
      return
    }
    buffer += chunk.prefix(count)
    guard buffer.count <= Self.longest else {
      throw Failure(.invalidInput, "a line of standard input is longer than \(Self.longest) bytes")
    }
  }

  private func text(_ line: [UInt8]) throws(Failure) -> String {
    guard let text = String(validating: line, as: UTF8.self) else {
      throw Failure(.invalidInput, "a line of standard input is no UTF-8")
    }
    return text
  }
}
