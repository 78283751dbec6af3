import Foundation

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

  /// A port that was free a moment ago.
  static func freePort() throws -> Int {
    let (descriptor, port) = try listen()
    close(descriptor)
    return port
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
