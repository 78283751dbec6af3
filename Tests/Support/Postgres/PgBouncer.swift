import Foundation

/// A PgBouncer in transaction mode before a server, on a private loopback port. Stopped with its owner.
package final class PgBouncer {
  package let port: Int
  private let folder: String
  private let process: Process

  /// Whether this machine has one.
  package static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: binary) }
  private static let binary = "/usr/sbin/pgbouncer"

  /// - Parameters:
  ///   - size: connections to the server, for each database.
  ///   - wait: seconds that a client waits for one of them.
  package init(before server: PostgresServer, size: Int = 4, wait: Int = 120) throws {
    port = try Loopback.freePort()
    folder = try PostgresServer.makeFolder()
    let settings = """
      [databases]
      * = host=127.0.0.1 port=\(server.port) user=postgres
      [pgbouncer]
      listen_addr = 127.0.0.1
      listen_port = \(port)
      unix_socket_dir =
      auth_type = any
      pool_mode = transaction
      default_pool_size = \(size)
      query_wait_timeout = \(wait)
      logfile = \(folder)/log

      """
    // With `any`, PgBouncer asks nobody and takes the user from the database's entry.
    try settings.write(toFile: folder + "/pgbouncer.ini", atomically: false, encoding: .utf8)
    process = PostgresServer.unprivileged(Self.binary, ["-q", folder + "/pgbouncer.ini"])
    process.standardError = FileHandle.nullDevice
    try process.run()
    let isUp = try server.wait { Self.answers(port) || !process.isRunning }
    guard isUp, process.isRunning else {
      throw PostgresServer.Failed(description: "pgbouncer did not start, see \(folder)/log")
    }
  }

  private static func answers(_ port: Int) -> Bool {
    guard let descriptor = Loopback.connect(to: port) else { return false }
    close(descriptor)
    return true
  }

  package func dsn(_ database: String) -> String { "host=127.0.0.1 port=\(port) user=postgres dbname=\(database)" }

  deinit {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    try? FileManager.default.removeItem(atPath: folder)
  }
}
