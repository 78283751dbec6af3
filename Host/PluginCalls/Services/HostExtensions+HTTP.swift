import CHeadrace
import HostModel

extension HostExtensions {
  static let http = HostConstant(
    headrace_host_http(
      struct_size: UInt32(MemoryLayout<headrace_host_http>.size), reserved: 0,
      send: { host, call, request, response, error in
        answer(error) { () throws(Failure) in
          guard let services = HostServices.of(host) else { throw missingHost }
          let response = try checkRoom(response)
          let call = try PresentCall(call)
          lend(try services.send(try AskedRequest(request), during: call), to: response)
        }
      }))
}

/// Gives an answer to a plugin.
func lend(_ answer: HTTPResponse, to out: UnsafeMutablePointer<headrace_http_response>) {
  let loan = Loan()
  let headers = answer.headers.map { headrace_key_value(key: loan.text($0.name), value: loan.text($0.value)) }
  out.pointee.status_code = Int32(clamping: answer.statusCode)
  out.pointee.outcome = Status(httpCode: answer.statusCode).rawValue
  out.pointee.retry_after_ns = answer.retryAfter?.wholeNanoseconds ?? Int64(HEADRACE_NO_RETRY_AFTER)
  out.pointee.headers = loan.array(headers)
  out.pointee.n_headers = UInt64(headers.count)
  out.pointee.body = loan.bytes(answer.body)
  out.pointee.private_data = Unmanaged.passRetained(loan).toOpaque()
  out.pointee.release = { response in
    guard let response, let loan = response.pointee.private_data else { return }
    Unmanaged<Loan>.fromOpaque(loan).release()
    response.pointee.private_data = nil
    response.pointee.release = nil
  }
}

/// - Throws: if what a plugin has passed for an answer has no room for one.
func checkRoom(
  _ response: UnsafeMutablePointer<headrace_http_response>?
) throws(Failure) -> UnsafeMutablePointer<headrace_http_response> {
  let size = MemoryLayout<headrace_http_response>.size
  guard let response, response.pointee.struct_size >= size else {
    throw AskedRequest.invalid("the 'struct_size' of the response is below \(size)")
  }
  return response
}
