import Foundation

/// A TLS server with a certificate that it has signed itself, which answers whoever trusts it: `openssl s_server` on a
/// private port.
final class UntrustedServer {
  struct Failed: Error { let what: String }

  let port: Int
  private let process: Process
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("headrace-tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let certificate = folder.appendingPathComponent("certificate.pem").path
    let key = folder.appendingPathComponent("key.pem").path
    try Self.start(
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost",
        "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2", "-keyout", key, "-out", certificate,
      ]
    ).process.waitUntilExit()
    let (process, lines) = try Self.start(
      ["s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key, "-www"])
    self.process = process
    var said = ""
    while !said.contains("ACCEPT ") || !said.hasSuffix("\n") {
      let more = lines.availableData
      guard !more.isEmpty else { throw Failed(what: "openssl s_server: \(said)") }
      said += String(decoding: more, as: UTF8.self)
    }
    let digits = said.split(separator: "ACCEPT ").last?.prefix { $0 != "\n" }.split(separator: ":").last
    guard let port = digits.flatMap({ Int($0) }) else { throw Failed(what: said) }
    self.port = port
  }

  func stop() {
    // A child begins with the signal mask of the thread that starts it, where others may be blocked.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }

  private static func start(_ arguments: [String]) throws -> (process: Process, lines: FileHandle) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["openssl"] + arguments
    let lines = Pipe()
    process.standardInput = Pipe()
    process.standardOutput = lines
    process.standardError = FileHandle.nullDevice
    try process.run()
    return (process, lines.fileHandleForReading)
  }
}
