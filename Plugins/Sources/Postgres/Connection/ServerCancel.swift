import CPostgres
import Glibc

/// Asks the server to end the statement of a connection that is given up.
///
/// `PQcancel` makes a connection of its own and may block for as long as the network does; a detached thread takes it
/// off the caller. It is only started where a statement was broken off, never on the way of data.
enum ServerCancel {
  static func send(for handle: OpaquePointer) {
    guard let request = PQgetCancel(handle) else { return }
    var thread = pthread_t()
    let failed = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let request = OpaquePointer(argument)
        var message = [CChar](repeating: 0, count: 256)
        // An answer would come too late for everyone: the connection is closed either way.
        _ = PQcancel(request, &message, Int32(message.count))
        PQfreeCancel(request)
        return nil
      }, UnsafeMutableRawPointer(request))
    if failed == 0 { pthread_detach(thread) } else { PQfreeCancel(request) }
  }
}
