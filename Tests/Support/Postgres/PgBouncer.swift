import Foundation

/// A PgBouncer in transaction mode before a server, on a private loopback port. Stopped with its owner.
package final class PgBouncer {
  package let port: Int
  private let folder: String
  private let process: Process

  /// Whether this machine has one.
  package static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: binary) }
  private static let binary = "/usr/sbin/pgbouncer"

  package init(before server: PostgresServer) throws {
    port = try PostgresServer.freePort()
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
      default_pool_size = 4
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
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  package func dsn(_ database: String) -> String { "host=127.0.0.1 port=\(port) user=postgres dbname=\(database)" }

  deinit {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    try? FileManager.default.removeItem(atPath: folder)
  }
}
