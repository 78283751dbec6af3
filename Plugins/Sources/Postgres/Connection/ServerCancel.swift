import CPostgres
import Glibc

/// Gives up a connection whose statement is under way, and asks the server to end that.
///
/// `PQcancel` makes a connection of its own and may block for as long as the network does; a detached thread takes it
/// off the caller. The connection is closed behind it and not before: a pooler forgets a client that has left, and with
/// it which of its sessions the request is for, while the server would go on with the statement. It is only started
/// where a statement was broken off, never on the way of data.
enum ServerCancel {
  /// OWNERSHIP: takes the connection.
  static func close(_ handle: OpaquePointer) {
    var thread = pthread_t()
    let failed = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let handle = OpaquePointer(argument)
        ServerCancel.send(for: handle)
        PQfinish(handle)
        return nil
      }, UnsafeMutableRawPointer(handle))
    if failed == 0 { pthread_detach(thread) } else { PQfinish(handle) }
  }

  private static func send(for handle: OpaquePointer) {
    guard let request = PQgetCancel(handle) else { return }
    defer { PQfreeCancel(request) }
    var message = [CChar](repeating: 0, count: 256)
    // An answer would come too late for everyone: the connection is closed either way.
    _ = PQcancel(request, &message, Int32(message.count))
  }
}
