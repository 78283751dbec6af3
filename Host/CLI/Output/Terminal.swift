import Glibc
import HostFormats
import HostModel
import HostPluginCalls
import Synchronization

/// The standard streams.
enum Terminal {
  enum Stream {
    case output, error

    var descriptor: Int32 { self == .output ? STDOUT_FILENO : STDERR_FILENO }
  }

  private static let redactor = Mutex(Redactor([]))

  /// From now on these do not appear in messages. Rows and names of tables are not messages.
  static func hide(_ secrets: [String]) { redactor.withLock { $0 = Redactor(secrets) } }

  /// A message without secrets.
  static func shown(_ text: String) -> String { redactor.withLock { $0 }.redact(text) }

  static func write(_ text: String, to stream: Stream = .output) {
    var bytes = Array((stream == .error ? shown(text) : text).utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(stream.descriptor, $0.baseAddress, $0.count) }
      // A reader that went away (a pipe into `head`) is no reason to go on writing.
      guard count > 0 || (count < 0 && errno == EINTR) else { return }
      bytes = bytes.dropFirst(max(0, count))
    }
  }

  static func line(_ text: String, to stream: Stream = .output) { write(text + "\n", to: stream) }

  /// Data on one line, without what would command the terminal.
  static func printable(_ text: String) -> String { HostFormats.printable(text) }

  static func isTerminal(_ stream: Stream) -> Bool { isatty(stream.descriptor) == 1 }

  /// Columns of the terminal; nil where there is none.
  static func width(_ stream: Stream) -> Int? {
    var size = winsize()
    guard ioctl(stream.descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// Tells why a command failed: every mistake on its line, or the failure and what to do.
  static func report(_ failure: Failure) {
    guard failure.diagnostics.isEmpty else {
      for diagnostic in failure.diagnostics { line(harmless(diagnostic.description), to: .error) }
      return
    }
    line(harmless("headrace: \(failure.description)"), to: .error)
  }

  /// A message of more than one line: what a stranger's library has told neither commands the terminal nor begins a line.
  private static func harmless(_ message: String) -> String {
    message.split(separator: "\n", omittingEmptySubsequences: false).map { printable(String($0)) }
      .joined(separator: "\n  ")
  }

  static func json(_ value: JSONValue) { line(value.text()) }

  static func exit(_ code: Int32) -> Never {
    // Lanes that were lost in a plugin's call would keep `exit` from ending: nothing is buffered here.
    _exit(code)
  }
}
