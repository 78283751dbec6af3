import HostFormats
package import HostModel

/// What the checker answers to requests over HTTP that a plugin makes while it is tried.
package struct CheckAnswer: Sendable, Equatable {
  /// In capitals; nil: any.
  package var method: String?
  /// The URL as the plugin writes it; `*` stands for any text.
  package var url: String
  package var statusCode: Int
  package var headers: [HTTPHeader]
  package var body: String

  /// In one check.
  package static let most = 64
  /// Of one body.
  package static let mostBytes = 64 << 10

  package init(
    method: String? = nil, url: String, statusCode: Int = 200, headers: [HTTPHeader] = [], body: String = ""
  ) {
    self.method = method
    self.url = url
    self.statusCode = statusCode
    self.headers = headers
    self.body = body
  }

  /// Whether a request gets it.
  package func fits(_ asked: (method: String, url: String)) -> Bool {
    guard method == nil || method == asked.method.uppercased() else { return false }
    let parts = url.split(separator: "*", omittingEmptySubsequences: false)
    guard parts.count > 1, let first = parts.first, let last = parts.last else { return url == asked.url }
    guard asked.url.hasPrefix(first) else { return false }
    var rest = asked.url.dropFirst(first.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let found = rest.firstRange(of: part) else { return false }
      rest = rest[found.upperBound...]
    }
    return rest.hasSuffix(last)
  }

  var json: JSONValue {
    [
      "method": method.map(JSONValue.string) ?? .null, "url": .string(url), "status": .integer(Int64(statusCode)),
      "headers": .array(headers.map { .array([.string($0.name), .string($0.value)]) }), "body": .string(body),
    ]
  }

  init?(json: JSONValue) {
    guard let url = json["url"]?.stringValue, let status = json["status"]?.integerValue,
      let headers = json["headers"]?.arrayValue, let body = json["body"]?.stringValue
    else { return nil }
    let pairs = headers.map { ($0.arrayValue ?? []).compactMap(\.stringValue) }
    guard pairs.allSatisfy({ $0.count == 2 }) else { return nil }
    self.init(
      method: json["method"]?.stringValue, url: url, statusCode: Int(clamping: status),
      headers: pairs.map { HTTPHeader($0[0], $0[1]) }, body: body)
  }
}

/// Answers by a list, and sends nothing. The first answer that fits is given, every time: what a life is answered does not depend
/// on the lives before it.
struct AnsweringClient: HTTPClient {
  var answers: [CheckAnswer]

  func send(
    _ request: HTTPRequest, within limit: Duration, isCancelled: @escaping () -> Bool
  ) throws(HTTPFailure) -> HTTPResponse {
    guard !isCancelled() else { throw HTTPFailure(.cancelled, "the request was cancelled") }
    guard let answer = answers.first(where: { $0.fits((request.method, request.url)) }) else {
      throw HTTPFailure(.unsupported, "the checker sends no requests over HTTP, and has no answer to this one")
    }
    // Whoever asks with HEAD is told of a body, and gets none.
    let body = request.method.uppercased() == "HEAD" ? [] : Array(answer.body.utf8)
    let wait = answer.headers.first { $0.name.lowercased() == "retry-after" }.flatMap { Int32($0.value) }
    return HTTPResponse(
      statusCode: answer.statusCode, headers: answer.headers, body: Array(body.prefix(request.bodyLimit)),
      isCut: body.count > request.bodyLimit, retryAfter: wait.map { .seconds($0) })
  }
}
