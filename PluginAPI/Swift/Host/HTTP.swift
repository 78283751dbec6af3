import CHeadrace

/// Requests over HTTP, which the host sends to the hosts that the manifest declares under `permissions: http`. Any thread.
public struct HTTP: @unchecked Sendable {
  let host: UnsafePointer<headrace_host>
  let table: headrace_host_http

  /// A header of a request or of an answer.
  public struct Header: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  public struct Request: Sendable {
    /// `GET`, `POST`, ...
    public var method: String
    /// http or https, without a user: credentials stand in a header.
    public var url: String
    public var headers: [Header]
    public var body: [UInt8]
    /// Of the answer's body; 64 MiB unless stated.
    public var mostResponseBytes: Int?
    /// For this request alone; what the call has left unless stated.
    public var timeout: Duration?

    public init(_ method: String, _ url: String, headers: [Header] = [], body: [UInt8] = []) {
      self.method = method
      self.url = url
      self.headers = headers
      self.body = body
    }
  }

  public struct Response: Sendable {
    public var statusCode: Int
    /// What a call comes to whose answer this is; nil for success.
    public var failure: PluginError.Status?
    /// What the server asks to wait.
    public var retryAfter: Duration?
    /// In their order, with names in lower case.
    public var headers: [Header]
    public var body: [UInt8]

    /// The last header of a name, which is in lower case.
    public subscript(_ name: String) -> String? { headers.last { $0.name == name }?.value }

    /// Throws what the answer comes to, with its number and the pause that it asks for, unless that is success.
    ///
    /// - Parameter server: who answered, for a person.
    public func check(_ server: String) throws(PluginError) {
      guard let failure else { return }
      throw PluginError(
        failure, "\(server) answered \(statusCode)", vendorCode: Int64(statusCode), retryAfter: retryAfter)
    }
  }

  /// Sends a request once and waits for the whole answer, whatever that says. The end of the call is the end of the request.
  ///
  /// Throws `permissionDenied` for a host that the manifest does not declare, `unsupported` where the host has no such service or
  /// the answer is too long, and what else kept an answer from coming.
  public func send(_ request: Request, during call: Call) throws -> Response {
    guard let send = table.send else { throw PluginError(.unsupported, "this host sends no requests over HTTP") }
    var answer = headrace_http_response()
    answer.struct_size = UInt32(MemoryLayout<headrace_http_response>.size)
    try HostReply.status("a request over HTTP") { error in
      Self.lend(request) { send(host, call.pointer, $0, &answer, error) }
    }
    defer { answer.release?(&answer) }
    return Response(answer)
  }

  private static func lend<R>(_ request: Request, _ body: (UnsafePointer<headrace_http_request>) -> R) -> R {
    var lent = headrace_http_request()
    lent.struct_size = UInt32(MemoryLayout<headrace_http_request>.size)
    lent.max_response_bytes = UInt64(max(0, request.mostResponseBytes ?? 0))
    lent.timeout_ns = request.timeout.map { max(1, $0.wholeNanoseconds) } ?? 0
    return request.method.withHeadraceString { method in
      request.url.withHeadraceString { url in
        request.body.withUnsafeBufferPointer { bytes in
          lend(request.headers) { headers in
            (lent.method, lent.url) = (method, url)
            lent.body = headrace_bytes(data: bytes.baseAddress, length: UInt64(bytes.count))
            (lent.headers, lent.n_headers) = (headers.baseAddress, UInt64(headers.count))
            return body(&lent)
          }
        }
      }
    }
  }

  /// Lends all texts in one block of bytes.
  private static func lend<R>(_ headers: [Header], _ body: (UnsafeBufferPointer<headrace_key_value>) -> R) -> R {
    let texts = headers.flatMap { [Array($0.name.utf8), Array($0.value.utf8)] }
    return texts.flatMap(\.self).map { CChar(bitPattern: $0) }.withUnsafeBufferPointer { all in
      var start = 0
      let strings = texts.map { text in
        defer { start += text.count }
        return headrace_string(data: all.baseAddress.map { $0 + start }, length: UInt64(text.count))
      }
      let pairs = headers.indices.map { headrace_key_value(key: strings[2 * $0], value: strings[2 * $0 + 1]) }
      return pairs.withUnsafeBufferPointer(body)
    }
  }
}

extension HTTP.Response {
  init(_ answer: headrace_http_response) {
    statusCode = Int(answer.status_code)
    failure = answer.outcome == HEADRACE_OK ? nil : PluginError.Status(rawValue: answer.outcome) ?? .fatal
    retryAfter = answer.retry_after_ns < 0 ? nil : .nanoseconds(answer.retry_after_ns)
    headers = UnsafeBufferPointer(start: answer.headers, count: Int(answer.n_headers)).map {
      HTTP.Header($0.key.text, $0.value.text)
    }
    body = answer.body.array
  }
}
