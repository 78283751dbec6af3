import CHeadrace
import HostModel

/// Requests over HTTP of a plugin in a worker: bodies cross in pieces, since one may be longer than a frame. The head of a
/// request follows its body, and the head of an answer precedes its own.

extension WireWriter {
  mutating func put(headers: [HTTPHeader]) {
    put(list: headers) { writer, header in
      writer.put(header.name)
      writer.put(header.value)
    }
  }

  /// All but the body.
  mutating func put(_ request: AskedRequest) {
    put(request.method)
    put(request.url)
    put(headers: request.headers)
    put(request.mostBytes)
    put(request.timeout)
  }

  /// All but the body, and how long that is.
  mutating func put(_ response: HTTPResponse) {
    put(Int32(clamping: response.statusCode))
    put(headers: response.headers)
    put(response.retryAfter?.wholeNanoseconds ?? Int64(HEADRACE_NO_RETRY_AFTER))
    put(UInt64(response.body.count))
  }
}

extension WireReader {
  private mutating func headers() throws(Failure) -> [HTTPHeader] {
    try list { (reader) throws(Failure) in HTTPHeader(try reader.text(), try reader.text()) }
  }

  mutating func request(body: [UInt8]) throws(Failure) -> AskedRequest {
    AskedRequest(
      method: try text(), url: try text(), headers: try headers(), body: body, mostBytes: try number(),
      timeout: try number())
  }

  /// An answer whose body is still to come, and the length of that.
  mutating func response() throws(Failure) -> (head: HTTPResponse, bodyBytes: Int) {
    let code = Int(try number(Int32.self))
    let headers = try headers()
    let pause = try number(Int64.self)
    let head = HTTPResponse(
      statusCode: code, headers: headers, retryAfter: pause < 0 ? nil : .nanoseconds(pause))
    return (head, Int(clamping: try number(UInt64.self)))
  }
}

/// The host's side: what has come of a request, and what has still to go of an answer. At most one of each.
struct HTTPDesk {
  private var question: [UInt8] = []
  private var answer: [UInt8] = []
  private var given = 0

  /// Answers one request of the worker's.
  ///
  /// - Parameter call: the one that the worker is in; nil where it has none that could end.
  /// - Throws: what the plugin is told. What has come of its request is forgotten then.
  mutating func serve(
    _ kind: WorkerRequestKind, _ reader: inout WireReader, _ services: HostServices,
    during call: UnsafePointer<headrace_call>?
  ) throws(Failure) -> [UInt8] {
    do throws(Failure) {
      switch kind {
      case .httpBody: try take(try reader.data())
      case .httpSend: return try send(&reader, services, during: try PresentCall(call))
      default: return try next()
      }
      return []
    } catch {
      self = HTTPDesk()
      throw error
    }
  }

  private mutating func take(_ piece: [UInt8]) throws(Failure) {
    guard piece.count <= AskedRequest.bodyLimit - question.count else {
      throw AskedRequest.tooLong("its body", AskedRequest.bodyLimit)
    }
    question += piece
  }

  private mutating func send(
    _ reader: inout WireReader, _ services: HostServices, during call: PresentCall
  ) throws(Failure) -> [UInt8] {
    let request = try reader.request(body: question)
    try reader.finish()
    self = HTTPDesk()
    let response = try services.send(request, during: call)
    answer = response.body
    var writer = WireWriter()
    writer.put(response)
    return writer.bytes
  }

  private mutating func next() throws(Failure) -> [UInt8] {
    guard given < answer.count else {
      throw Failure(.run, "there is no more of an answer over HTTP", status: .fatal)
    }
    let piece = Array(answer[given..<min(given + WireMessage.pieceBytes, answer.count)])
    given += piece.count
    if given == answer.count { self = HTTPDesk() }
    return piece
  }
}
