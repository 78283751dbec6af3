import CCurl
import HostModel
import HostPolicy

/// Sends a document with libcurl, which is used on one thread at a time.
///
/// Redirects are not followed, since a secret in a header would go along; certificates are verified; the answer's body
/// is thrown away, and no more of it is read than a person would write. A proxy that the environment names is used, as
/// by every program with libcurl. The process ignores SIGPIPE, which TLS could otherwise raise.
struct WebhookTransport: NotificationTransport {
  /// Of an answer's body. More than this is not waited for.
  static let answerLimit = 1 << 16
  /// Of an answer's head.
  static let headLimit = 1 << 18

  let address: WebhookAddress
  let headers: [WebhookHeader]
  let clock: any Clock

  func send(_ body: [UInt8], id: String, within limit: Duration, cancellation: Cancellation) -> CallOutcome {
    guard Self.isReady, let handle = curl_easy_init() else { return .failed(.fatal, "libcurl cannot be used") }
    defer { curl_easy_cleanup(handle) }
    guard let list = headerList(id) else { return .failed(.fatal, "no memory for the headers") }
    defer { curl_slist_free_all(list) }
    let answer = WebhookAnswer(cancellation)
    // `answer` outlives the transfer, which holds a pointer to it.
    return withExtendedLifetime(answer) {
      guard Self.setUp(handle, address, body, list, limit, answer) else {
        return .failed(.fatal, "this libcurl lacks an option that is needed")
      }
      let code = curl_easy_perform(handle)
      return outcome(code, httpCode: headrace_curl_status(handle), answer)
    }
  }

  /// Once in the life of the process.
  private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  private func headerList(_ id: String) -> UnsafeMutablePointer<curl_slist>? {
    // An empty `Expect` is none: the body is small, and waiting for a "100 Continue" would take a second.
    let own = ["Content-Type: application/json; charset=utf-8", "Idempotency-Key: \(id)", "Expect:"]
    // libcurl leaves a header without a value out, unless it ends with a semicolon.
    let stated = headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
    var list: UnsafeMutablePointer<curl_slist>?
    for line in own + stated {
      guard let longer = curl_slist_append(list, line) else {
        curl_slist_free_all(list)
        return nil
      }
      list = longer
    }
    return list
  }

  private static func setUp(
    _ handle: UnsafeMutableRawPointer, _ address: WebhookAddress, _ body: [UInt8],
    _ headers: UnsafeMutablePointer<curl_slist>, _ limit: Duration, _ answer: WebhookAnswer
  ) -> Bool {
    let milliseconds = Int(max(1, limit.wholeNanoseconds / 1_000_000))
    let numbers: [(CURLoption, Int)] = [
      (CURLOPT_POST, 1), (CURLOPT_FOLLOWLOCATION, 0), (CURLOPT_SSL_VERIFYPEER, 1), (CURLOPT_SSL_VERIFYHOST, 2),
      // Signals are the host's; without this libcurl would use SIGALRM.
      (CURLOPT_NOSIGNAL, 1), (CURLOPT_TIMEOUT_MS, milliseconds), (CURLOPT_CONNECTTIMEOUT_MS, milliseconds),
    ]
    let texts: [(CURLoption, String)] = [
      (CURLOPT_URL, address.url), (CURLOPT_PROTOCOLS_STR, "http,https"), (CURLOPT_USERAGENT, "headrace"),
    ]
    let context = Unmanaged.passUnretained(answer).toOpaque()
    let codes =
      numbers.map { headrace_curl_set_long(handle, $0, $1) } + texts.map { headrace_curl_set_string(handle, $0, $1) }
      + [
        headrace_curl_set_headers(handle, headers), headrace_curl_set_body(handle, body, curl_off_t(body.count)),
        headrace_curl_set_sinks(handle, takeHead, takeBody, context),
        headrace_curl_set_progress(handle, askWhetherToGoOn, context),
      ]
    return codes.allSatisfy { $0 == CURLE_OK }
  }

  private func outcome(_ code: CURLcode, httpCode: Int, _ answer: WebhookAnswer) -> CallOutcome {
    switch code {
    case CURLE_OK: return outcome(httpCode, answer)
    // We ended it ourselves: the answer was long enough.
    case CURLE_WRITE_ERROR where answer.isLongEnough: return outcome(httpCode, answer)
    case CURLE_ABORTED_BY_CALLBACK: return CallOutcome(.cancelled)
    default:
      let reason = curl_easy_strerror(code).map { String(cString: $0) } ?? "unknown error"
      return .failed(Self.status(code), "\(address.endpoint): \(reason)", code: "curl \(code.rawValue)")
    }
  }

  private func outcome(_ httpCode: Int, _ answer: WebhookAnswer) -> CallOutcome {
    if (200..<300).contains(httpCode) { return .ok }
    let isRedirect = (300..<400).contains(httpCode)
    let retryAfter = answer.retryAfter.flatMap { RetryAfter.duration($0, now: clock.wallTime()) }
    return .failed(
      isRedirect ? .invalidConfig : Status(httpCode: httpCode),
      "\(address.endpoint): it answered \(httpCode)\(isRedirect ? ", and redirects are not followed" : "")",
      code: "HTTP \(httpCode)", retryAfter: retryAfter)
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
}

/// What is kept of an answer. Used by the thread of the transfer alone.
private final class WebhookAnswer {
  private let cancellation: Cancellation
  private(set) var retryAfter: String?
  private var headBytes = 0
  private var bodyBytes = 0

  init(_ cancellation: Cancellation) { self.cancellation = cancellation }

  var isCancelled: Bool { cancellation.isCancelled }
  var isLongEnough: Bool { bodyBytes > WebhookTransport.answerLimit }

  /// False ends the transfer.
  func take(head line: UnsafeRawBufferPointer) -> Bool {
    headBytes += line.count
    guard headBytes <= WebhookTransport.headLimit else { return false }
    let text = String(decoding: line, as: UTF8.self)
    if text.hasPrefix("HTTP/") { retryAfter = nil }
    if let colon = text.firstIndex(of: ":"), text[..<colon].lowercased() == "retry-after" {
      retryAfter = text[text.index(after: colon)...].trimmingBlanks
    }
    return true
  }

  func take(bodyBytes count: Int) -> Bool {
    bodyBytes += count
    return !isLongEnough
  }

  static func from(_ context: UnsafeMutableRawPointer?) -> WebhookAnswer? {
    context.map { Unmanaged<WebhookAnswer>.fromOpaque($0).takeUnretainedValue() }
  }
}

private let takeHead: headrace_curl_sink = { bytes, size, count, context in
  let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
  return WebhookAnswer.from(context)?.take(head: line) == true ? size * count : 0
}

private let takeBody: headrace_curl_sink = { _, size, count, context in
  // A piece without bytes is taken whole by taking nothing.
  WebhookAnswer.from(context)?.take(bodyBytes: size * count) == true ? size * count : 0
}

private let askWhetherToGoOn: curl_xferinfo_callback = { context, _, _, _, _ in
  WebhookAnswer.from(context)?.isCancelled == true ? 1 : 0
}
