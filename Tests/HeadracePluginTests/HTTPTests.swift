import CHeadrace
import Testing

@testable import HeadracePlugin

/// Answers with what it was asked: the host's side of the service, as it is in C.
private let echo: headrace_host_http = {
  var table = headrace_host_http()
  table.struct_size = UInt32(MemoryLayout<headrace_host_http>.size)
  table.send = { _, call, request, response, error in
    guard let call, let request = request?.pointee, let response, let error else { return HEADRACE_FATAL }
    guard request.method.text != "REFUSED" else {
      error.pointee.status = HEADRACE_PERMISSION_DENIED
      return HEADRACE_PERMISSION_DENIED
    }
    let headers = UnsafeBufferPointer(start: request.headers, count: Int(request.n_headers))
      .map { "\($0.key.text)=\($0.value.text)" }.joined(separator: "&")
    let told =
      "\(request.method.text) \(request.url.text) \(headers) \(request.body.array.count) "
      + "\(request.max_response_bytes) \(request.timeout_ns) \(call.pointee.attempt)"
    let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: told.utf8.count)
    _ = bytes.initialize(from: told.utf8)
    let pair = UnsafeMutablePointer<headrace_key_value>.allocate(capacity: 1)
    pair.initialize(to: headrace_key_value(key: request.method, value: request.url))
    response.pointee.status_code = 503
    response.pointee.outcome = HEADRACE_TRANSIENT
    response.pointee.retry_after_ns = 7_000_000_000
    (response.pointee.headers, response.pointee.n_headers) = (UnsafePointer(pair), 1)
    response.pointee.body = headrace_bytes(data: bytes.baseAddress, length: UInt64(bytes.count))
    response.pointee.release = { answer in
      answer?.pointee.headers?.deallocate()
      answer?.pointee.body.data?.deallocate()
      answer?.pointee.release = nil
    }
    return HEADRACE_OK
  }
  return table
}()

@Suite struct HTTPTests {
  private func ask<R>(_ table: headrace_host_http, _ body: (HTTP, Call) throws -> R) throws -> R {
    var host = headrace_host()
    var call = headrace_call()
    (call.struct_size, call.attempt) = (UInt32(MemoryLayout<headrace_call>.size), 3)
    return try withUnsafePointer(to: &host) { host in
      try withUnsafePointer(to: &call) { try body(HTTP(host: host, table: table), Call($0)) }
    }
  }

  @Test func aRequestCrossesWithAllThatItStates() throws {
    var request = HTTP.Request(
      "POST", "https://a.example.com/",
      headers: [.init("x-a", "1"), .init("x-empty", ""), .init("x-\u{e4}", "\u{fc}")],
      body: [UInt8](repeating: 1, count: 9))
    (request.mostResponseBytes, request.timeout) = (1000, .milliseconds(5))
    let answer = try ask(echo) { try $0.send(request, during: $1) }
    let told = String(decoding: answer.body, as: UTF8.self)
    #expect(told == "POST https://a.example.com/ x-a=1&x-empty=&x-\u{e4}=\u{fc} 9 1000 5000000 3")
    #expect(answer.statusCode == 503 && answer.failure == .transient && answer.retryAfter == .seconds(7))
    #expect(answer.headers.count == 1)
    let error = #expect(throws: PluginError.self) { try answer.check("the shop") }
    #expect(error?.status == .transient && error?.message == "the shop answered 503" && error?.vendorCode == 503)
    #expect(error?.retryAfter == .seconds(7))
  }

  @Test func aRequestWithoutAnythingElseIsLentAsSuch() throws {
    let answer = try ask(echo) { try $0.send(HTTP.Request("GET", "http://a/"), during: $1) }
    #expect(String(decoding: answer.body, as: UTF8.self) == "GET http://a/  0 0 0 3")
  }

  @Test func aRefusalIsThrown() throws {
    let refusal = #expect(throws: PluginError.self) {
      try ask(echo) { try $0.send(HTTP.Request("REFUSED", "http://a/"), during: $1) }
    }
    #expect(refusal?.status == .permissionDenied)
    let missing = #expect(throws: PluginError.self) {
      try ask(headrace_host_http()) { try $0.send(HTTP.Request("GET", "http://a/"), during: $1) }
    }
    #expect(missing?.status == .unsupported)
  }
}
