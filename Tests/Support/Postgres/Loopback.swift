import Foundation
import Synchronization

/// Sockets on 127.0.0.1, which programs that tests start do not inherit.
enum Loopback {
  private static func open() -> Int32 {
    socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  }

  /// A socket that listens on a port of the system's choice.
  static func listen() throws -> (descriptor: Int32, port: Int) {
    let descriptor = open()
    var address = address(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withGeneric(&address) { generic in
      bind(descriptor, generic, length) == 0 && Glibc.listen(descriptor, 64) == 0
        && getsockname(descriptor, generic, &length) == 0
    }
    guard isListening else {
      close(descriptor)
      throw PostgresServer.Failed(description: "no free port")
    }
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
  }

  /// A connection to a port, nil if nobody listens there.
  static func connect(to port: Int) -> Int32? {
    let descriptor = open()
    var address = address(port: port)
    let isConnected = withGeneric(&address) { generic in
      Glibc.connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
    }
    if isConnected { return descriptor }
    close(descriptor)
    return nil
  }

  /// A port that nobody listens on, and that stays so until whoever asked for it does: it is none of those that the system
  /// gives to anybody who needs one, as other tests do all the time, and each is given only once.
  static func freePort() throws -> Int {
    try ports.withLock { ports in
      while let port = ports.popLast() { if isFree(port) { return port } }
      throw PostgresServer.Failed(description: "no free port")
    }
  }

  /// In an order of this process's own, since other processes may run the same tests.
  private static let ports = Mutex<[Int]>((10_000..<firstOfTheSystem).shuffled())

  /// Linux's own, where it does not say.
  private static let firstOfTheSystem: Int = {
    let range = try? String(contentsOfFile: "/proc/sys/net/ipv4/ip_local_port_range", encoding: .utf8)
    return max(20_000, range?.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) } ?? 32_768)
  }()

  private static func isFree(_ port: Int) -> Bool {
    let descriptor = open()
    defer { close(descriptor) }
    var address = address(port: port)
    return withGeneric(&address) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
  }

  private static func address(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }

  private static func withGeneric(
    _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> Bool
  ) -> Bool {
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1, body)
    }
  }
}
