import CCurl
package import HostModel
import Synchronization

/// Speaks HTTP with libcurl, and keeps connections to be used again.
///
/// The process ignores SIGPIPE, which TLS could otherwise raise.
package final class CurlClient: HTTPClient {
  /// The way to a server.
  package enum Route: Sendable {
    /// By a proxy that the environment names, as with every program that uses libcurl.
    case environment
    /// To the host that the URL names, whatever the environment says.
    case direct
  }

  private let clock: any Clock
  private let route: Route
  private let idle = Mutex<[IdleHandle]>([])

  /// Handles that are kept, each with its connections. What is over is closed, the longest unused first.
  private static let mostIdle = 32
  /// Once in the life of the process.
  private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  /// - Parameter clock: tells how far away the date of a Retry-After is.
  package init(clock: any Clock, route: Route) {
    self.clock = clock
    self.route = route
  }

  deinit { for kept in idle.withLock({ $0 }) { curl_easy_cleanup(kept.handle) } }

  package func send(
    _ request: HTTPRequest, within limit: Duration, isCancelled: @escaping () -> Bool
  ) throws(HTTPFailure) -> HTTPResponse {
    let purpose = Purpose(owner: request.owner, origin: Self.origin(request.url))
    guard Self.isReady, let handle = take(purpose) else { throw HTTPFailure(.fatal, "libcurl cannot be used") }
    defer { keep(IdleHandle(handle: handle, purpose: purpose)) }
    let transfer = CurlTransfer(handle, request, route, isCancelled)
    try transfer.run(within: limit)
    return transfer.response(now: clock.wallTime())
  }

  /// Scheme, host and port, as they are written: only what is the same for certain shares a connection.
  private static func origin(_ url: String) -> String {
    guard let mark = url.firstRange(of: "://") else { return url }
    return String(url[..<mark.upperBound] + url[mark.upperBound...].prefix { !"/?#".contains($0) })
  }

  private func take(_ purpose: Purpose) -> UnsafeMutableRawPointer? {
    let kept = idle.withLock { idle in
      idle.lastIndex { $0.purpose == purpose }.map { idle.remove(at: $0) }
    }
    return kept?.handle ?? curl_easy_init()
  }

  private func keep(_ handle: IdleHandle) {
    // Everything but the connections is forgotten.
    curl_easy_reset(handle.handle)
    let surplus = idle.withLock { idle in
      idle.append(handle)
      return idle.count > Self.mostIdle ? idle.removeFirst() : nil
    }
    if let surplus { curl_easy_cleanup(surplus.handle) }
  }
}

/// What the connections of a handle are for.
private struct Purpose: Equatable {
  var owner: String
  var origin: String
}

/// A handle that nobody uses.
private struct IdleHandle: @unchecked Sendable {
  // It is used by one thread at a time: whoever has taken it out of the list.
  let handle: UnsafeMutableRawPointer
  let purpose: Purpose
}
