import CHeadrace
import HostModel

extension CheckHost {
  /// The service for requests over HTTP: it looks at them, and sends none. A check is to come to the same every time, and its
  /// processes have no network.
  static let http = HostConstant(
    headrace_host_http(
      struct_size: UInt32(MemoryLayout<headrace_host_http>.size), reserved: 0,
      send: { host, call, request, response, error in
        answer(error) { () throws(Failure) in
          guard let host = CheckHost.of(host) else { throw missingHost }
          do throws(Failure) { try host.look(at: request, response, during: call) } catch {
            host.note("HST-5", error.message)
            throw error
          }
          throw Failure(.environment, "the checker sends no requests over HTTP", status: .unsupported)
        }
      }))

  private func look(
    at request: UnsafePointer<headrace_http_request>?, _ response: UnsafeMutablePointer<headrace_http_response>?,
    during call: UnsafePointer<headrace_call>?
  ) throws(Failure) {
    try checkRoom(response)
    _ = try PresentCall(call)
    let address = try AskedRequest(request).checked()
    guard hosts.allow(address) else {
      throw Failure(
        .invalidInput, "it calls '\(address.endpoint)', which its manifest does not declare", status: .permissionDenied)
    }
  }
}
