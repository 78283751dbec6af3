import CCurl
import HostModel

/// One request on its way, and what is kept of its answer. Used by one thread.
final class CurlTransfer {
  /// Of an answer's head.
  private static let headLimit = 1 << 18

  private let handle: UnsafeMutableRawPointer
  private let request: HTTPRequest
  private let route: CurlClient.Route
  fileprivate let isCancelled: () -> Bool
  private var headers: [HTTPHeader] = []
  private var headBytes = 0
  private var body: [UInt8] = []
  private var isCut = false

  init(
    _ handle: UnsafeMutableRawPointer, _ request: HTTPRequest, _ route: CurlClient.Route,
    _ isCancelled: @escaping () -> Bool
  ) {
    self.handle = handle
    self.request = request
    self.route = route
    self.isCancelled = isCancelled
  }

  // MARK: The request

  func run(within limit: Duration) throws(HTTPFailure) {
    guard let list = headerList() else { throw HTTPFailure(.fatal, "no memory for the headers") }
    defer { curl_slist_free_all(list) }
    // libcurl asks for a pointer to a body that has no bytes.
    let bytes = request.body.isEmpty ? [0] : request.body
    let code = bytes.withUnsafeBytes { bytes -> CURLcode? in
      // This outlives the transfer, which holds a pointer to it.
      withExtendedLifetime(self) {
        setUp(list, bytes.baseAddress, limit) ? curl_easy_perform(handle) : nil
      }
    }
    guard let code else { throw HTTPFailure(.fatal, "this libcurl lacks an option that is needed") }
    // We ended it ourselves: the answer was long enough.
    if code == CURLE_OK || code == CURLE_WRITE_ERROR && isCut { return }
    guard headBytes <= Self.headLimit else {
      throw HTTPFailure(.fatal, "the head of its answer has more than \(Self.headLimit) bytes")
    }
    if code == CURLE_ABORTED_BY_CALLBACK { throw HTTPFailure(.cancelled, "the request was cancelled") }
    let reason = curl_easy_strerror(code).map { String(cString: $0) } ?? "unknown error"
    throw HTTPFailure(Self.status(code), reason, code: "curl \(code.rawValue)")
  }

  private func headerList() -> UnsafeMutablePointer<curl_slist>? {
    // An empty `Expect` is none: waiting for a "100 Continue" would take a second. Nor is a type made up for a body.
    var lines = ["Expect:"]
    if !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) { lines.append("Content-Type:") }
    for header in request.headers {
      // libcurl leaves a header without a value out, unless it ends with a semicolon.
      lines.append(header.value.trimmingBlanks.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
    }
    var list: UnsafeMutablePointer<curl_slist>?
    for line in lines {
      guard let longer = curl_slist_append(list, line) else {
        curl_slist_free_all(list)
        return nil
      }
      list = longer
    }
    return list
  }

  private func setUp(
    _ headers: UnsafeMutablePointer<curl_slist>, _ bytes: UnsafeRawPointer?, _ limit: Duration
  ) -> Bool {
    let milliseconds = Int(min(max(1, limit.wholeNanoseconds / 1_000_000), Int64(Int32.max)))
    var numbers: [(CURLoption, Int)] = [
      (CURLOPT_FOLLOWLOCATION, 0), (CURLOPT_SSL_VERIFYPEER, 1), (CURLOPT_SSL_VERIFYHOST, 2),
      (CURLOPT_SUPPRESS_CONNECT_HEADERS, 1),
      // Signals are the host's; without this libcurl would use SIGALRM.
      (CURLOPT_NOSIGNAL, 1), (CURLOPT_TIMEOUT_MS, milliseconds), (CURLOPT_CONNECTTIMEOUT_MS, milliseconds),
    ]
    var texts: [(CURLoption, String)] = [
      (CURLOPT_URL, request.url), (CURLOPT_PROTOCOLS_STR, "http,https"), (CURLOPT_USERAGENT, "headrace"),
    ]
    // A request on a kept connection that turns out to be closed is sent again by libcurl, whether it was seen or not.
    if !HTTPSyntax.isIdempotent(request.method) { numbers.append((CURLOPT_FRESH_CONNECT, 1)) }
    // An empty proxy is none, and not the environment's.
    if route == .direct { texts.append((CURLOPT_PROXY, "")) }
    let context = Unmanaged.passUnretained(self).toOpaque()
    let codes =
      numbers.map { headrace_curl_set_long(handle, $0, $1) } + texts.map { headrace_curl_set_string(handle, $0, $1) }
      + methodCodes(bytes) + [
        headrace_curl_set_headers(handle, headers), headrace_curl_set_sinks(handle, takeHead, takeBody, context),
        headrace_curl_set_progress(handle, askWhetherToGoOn, context),
      ]
    return codes.allSatisfy { $0 == CURLE_OK }
  }

  /// A method with a body is a POST to libcurl, whatever it is called; the others say nothing of a body's length.
  private func methodCodes(_ bytes: UnsafeRawPointer?) -> [CURLcode] {
    if request.method == "HEAD" { return [headrace_curl_set_long(handle, CURLOPT_NOBODY, 1)] }
    let hasBody = !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method)
    let name = headrace_curl_set_string(handle, CURLOPT_CUSTOMREQUEST, request.method)
    guard hasBody else { return [name] }
    return [
      headrace_curl_set_long(handle, CURLOPT_POST, 1),
      headrace_curl_set_body(handle, bytes, curl_off_t(request.body.count)), name,
    ]
  }

  /// What became of a transfer that ended without a whole answer.
  private static func status(_ code: CURLcode) -> Status {
    switch code {
    case CURLE_OPERATION_TIMEDOUT: .timeout
    case CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_SEND_ERROR,
      CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_SSL_CONNECT_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM:
      .transient
    case CURLE_PARTIAL_FILE: .truncated
    // Whoever is there is not who we were to talk to.
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR: .unauthenticated
    case CURLE_URL_MALFORMAT, CURLE_SSL_CACERT_BADFILE: .invalidConfig
    // An answer that is not HTTP, and whatever else there may be.
    default: .fatal
    }
  }

  // MARK: The answer

  func response(now: WallTime) -> HTTPResponse {
    let retryAfter = headers.last { $0.name == "retry-after" }
    return HTTPResponse(
      statusCode: headrace_curl_status(handle), headers: headers, body: body, isCut: isCut,
      retryAfter: retryAfter.flatMap { RetryAfter.duration($0.value, now: now) })
  }

  /// False ends the transfer.
  fileprivate func take(head line: UnsafeRawBufferPointer) -> Bool {
    headBytes += line.count
    guard headBytes <= Self.headLimit else { return false }
    let text = String(decoding: line, as: UTF8.self)
    // A head that follows another one, such as that of "100 Continue", is what counts.
    if text.hasPrefix("HTTP/") { headers = [] }
    if let colon = text.firstIndex(of: ":") {
      headers.append(
        HTTPHeader(text[..<colon].lowercased(), text[text.index(after: colon)...].trimmingBlanks))
    }
    return true
  }

  fileprivate func take(body bytes: UnsafeRawBufferPointer) -> Bool {
    let room = request.bodyLimit - body.count
    body.append(contentsOf: bytes.prefix(room))
    isCut = bytes.count > room
    return !isCut
  }

  fileprivate static func from(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
    context.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
  }
}

private let takeHead: headrace_curl_sink = { bytes, size, count, context in
  let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
  return CurlTransfer.from(context)?.take(head: line) == true ? size * count : 0
}

private let takeBody: headrace_curl_sink = { bytes, size, count, context in
  // A piece without bytes is taken whole by taking nothing.
  let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
  return CurlTransfer.from(context)?.take(body: piece) == true ? size * count : 0
}

private let askWhetherToGoOn: curl_xferinfo_callback = { context, _, _, _, _ in
  CurlTransfer.from(context)?.isCancelled() == true ? 1 : 0
}
