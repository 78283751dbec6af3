/// A header of a request or of an answer.
public struct HTTPHeader: Sendable, Hashable {
  public var name: String
  public var value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// One request. What it holds beside the host and the port of its URL may be secret, and stands in no message.
public struct HTTPRequest: Sendable {
  public var method: String
  public var url: String
  public var headers: [HTTPHeader]
  public var body: [UInt8]
  /// Of the answer's body: what comes after so many bytes is not waited for.
  public var bodyLimit: Int
  /// Connections are kept and used again for requests of the same owner only.
  public var owner: String

  public init(
    _ method: String, _ url: String, headers: [HTTPHeader] = [], body: [UInt8] = [], bodyLimit: Int, owner: String
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.bodyLimit = bodyLimit
    self.owner = owner
  }
}

/// An answer, whatever its status is.
public struct HTTPResponse: Sendable {
  public var statusCode: Int
  /// In their order; names in lower case.
  public var headers: [HTTPHeader]
  public var body: [UInt8]
  /// The body was longer than the request's limit; `body` is its beginning.
  public var isCut: Bool
  /// What the header Retry-After asks for.
  public var retryAfter: Duration?

  public init(
    statusCode: Int, headers: [HTTPHeader] = [], body: [UInt8] = [], isCut: Bool = false, retryAfter: Duration? = nil
  ) {
    self.statusCode = statusCode
    self.headers = headers
    self.body = body
    self.isCut = isCut
    self.retryAfter = retryAfter
  }
}

/// Why there is no answer.
public struct HTTPFailure: Error, Sendable {
  public var status: Status
  /// Without anything of the request.
  public var reason: String
  /// The client's own code: `curl 7`.
  public var code: String?

  public init(_ status: Status, _ reason: String, code: String? = nil) {
    self.status = status
    self.reason = reason
    self.code = code
  }
}

/// Speaks HTTP, for any thread. Follows no redirect, verifies certificates, and sends a request once, unless it may be sent again
/// without a difference.
public protocol HTTPClient: Sendable {
  /// Blocks until there is an answer, for at most about `limit`, or until about a second after `isCancelled`.
  ///
  /// - Throws: `.timeout` where the limit has passed, `.cancelled`, or what went wrong.
  func send(
    _ request: HTTPRequest, within limit: Duration, isCancelled: @escaping () -> Bool
  ) throws(HTTPFailure) -> HTTPResponse
}
