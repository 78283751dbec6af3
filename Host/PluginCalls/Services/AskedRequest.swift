import CHeadrace
import HostModel

/// A request over HTTP as a plugin asks for it: nothing of it is to be believed.
struct AskedRequest: Sendable {
  var method: String
  var url: String
  var headers: [HTTPHeader]
  var body: [UInt8]
  /// Of the answer's body; 0 for the most that there may be.
  var mostBytes: UInt64
  /// Nanoseconds; 0 if the plugin has stated none.
  var timeout: Int64

  static let bodyLimit = Int(HEADRACE_HTTP_REQUEST_BYTES)
  static let answerLimit = Int(HEADRACE_HTTP_RESPONSE_BYTES)
  private static let headerLimit = Int(HEADRACE_HTTP_HEADERS)
  private static let headerBytes = Int(HEADRACE_HTTP_HEADER_BYTES)
  private static let methodBytes = 32

  /// Looks at everything but the host.
  ///
  /// - Returns: where the request leads.
  /// - Throws: what is wrong; of the request it quotes names of headers alone.
  func checked() throws(Failure) -> HTTPAddress {
    let address = try HTTPAddress(url: url)
    guard method.utf8.count <= Self.methodBytes, HTTPSyntax.isToken(method) else {
      throw Self.invalid("its method is no method of HTTP")
    }
    // One would make a tunnel of the connection, the other would show what is added on the way.
    guard !["CONNECT", "TRACE"].contains(method.uppercased()) else {
      throw Self.invalid("the method \(method.uppercased()) is not for plugins")
    }
    guard body.count <= Self.bodyLimit else { throw Self.tooLong("its body", Self.bodyLimit) }
    guard mostBytes <= UInt64(Self.answerLimit) else {
      throw Self.invalid("'max_response_bytes' is \(mostBytes), and \(Self.answerLimit) is the most")
    }
    guard timeout >= 0 else { throw Self.invalid("'timeout_ns' is negative") }
    try checkHeaders()
    return address
  }

  private func checkHeaders() throws(Failure) {
    guard headers.count <= Self.headerLimit else {
      throw Self.invalid("it has \(headers.count) headers, and \(Self.headerLimit) are the most")
    }
    guard headers.reduce(0, { $0 + $1.name.utf8.count + $1.value.utf8.count }) <= Self.headerBytes else {
      throw Self.tooLong("all its headers together", Self.headerBytes)
    }
    for header in headers {
      guard HTTPSyntax.isToken(header.name) else { throw Self.invalid("the name of a header is none") }
      guard !HTTPSyntax.isOfTheSender(header.name.lowercased()) else {
        throw Self.invalid("the header '\(header.name)' is the host's own")
      }
      guard HTTPSyntax.isFieldValue(header.value) else {
        throw Self.invalid("the value of '\(header.name)' has a line break or another control character")
      }
    }
  }

  /// - Parameter owner: on whose behalf connections are kept.
  func request(of owner: String) -> HTTPRequest {
    HTTPRequest(
      method, url, headers: headers, body: body, bodyLimit: mostBytes == 0 ? Self.answerLimit : Int(mostBytes),
      owner: owner)
  }

  static func tooLong(_ what: String, _ most: Int) -> Failure { invalid("\(what) has more than \(most) bytes") }

  static func invalid(_ what: String) -> Failure {
    Failure(.run, "the request over HTTP cannot be sent: \(what)", status: .invalidConfig)
  }
}

extension AskedRequest {
  /// - Throws: for a structure that is shorter than it has to be, and for what is longer than it may be: it is not copied.
  init(_ request: UnsafePointer<headrace_http_request>?) throws(Failure) {
    let size = MemoryLayout<headrace_http_request>.size
    guard let request = readSized(request, as: headrace_http_request.self, minimum: size) else {
      throw Self.invalid("the 'struct_size' of the request is below \(size)")
    }
    guard request.n_headers <= Self.headerLimit, request.n_headers == 0 || request.headers != nil else {
      throw Self.invalid("it has \(request.n_headers) headers, and \(Self.headerLimit) are the most")
    }
    method = try Self.text(request.method, "its method", most: Self.methodBytes)
    url = try Self.text(request.url, "its URL", most: HTTPAddress.mostBytes)
    headers = []
    for header in UnsafeBufferPointer(start: request.headers, count: Int(request.n_headers)) {
      headers.append(
        HTTPHeader(
          try Self.text(header.key, "the name of a header", most: Self.headerBytes),
          try Self.text(header.value, "the value of a header", most: Self.headerBytes)))
    }
    guard request.body.length <= Self.bodyLimit else { throw Self.tooLong("its body", Self.bodyLimit) }
    guard request.body.length == 0 || request.body.data != nil else { throw Self.invalid("its body is NULL") }
    body = [UInt8](request.body)
    (mostBytes, timeout) = (request.max_response_bytes, request.timeout_ns)
  }

  private static func text(_ text: headrace_string, _ what: String, most: Int) throws(Failure) -> String {
    guard text.length <= most else { throw tooLong(what, most) }
    guard text.length == 0 || text.data != nil else { throw invalid("\(what) is NULL") }
    return String(text)
  }
}
