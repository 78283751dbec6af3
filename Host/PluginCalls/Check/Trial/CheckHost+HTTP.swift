import CHeadrace
import HostModel

extension CheckHost {
  /// The service for requests over HTTP: it looks at them, answers what `check.yaml` has an answer to, and sends none. A check is to
  /// come to the same every time, and its processes have no network.
  static let httpTable = HostConstant(
    headrace_host_http(
      struct_size: UInt32(MemoryLayout<headrace_host_http>.size), reserved: 0,
      send: { host, call, request, response, error in
        answer(error) { () throws(Failure) in
          guard let host = CheckHost.of(host) else { throw missingHost }
          let (room, asked, call) = try host.look(at: request, response, during: call)
          lend(try host.reply(to: asked, during: call), to: room)
        }
      }))

  private func look(
    at request: UnsafePointer<headrace_http_request>?, _ response: UnsafeMutablePointer<headrace_http_response>?,
    during call: UnsafePointer<headrace_call>?
  ) throws(Failure) -> (UnsafeMutablePointer<headrace_http_response>, AskedRequest, PresentCall) {
    do throws(Failure) {
      let room = try checkRoom(response)
      let call = try PresentCall(call)
      let asked = try AskedRequest(request)
      let address = try asked.checked()
      guard http.hosts.allow(address) else {
        throw Failure(
          .invalidInput, "it calls '\(address.endpoint)', which its manifest does not declare",
          status: .permissionDenied)
      }
      return (room, asked, call)
    } catch {
      note("HST-5", error.message)
      throw error
    }
  }

  private func reply(to asked: AskedRequest, during call: PresentCall) throws(Failure) -> HTTPResponse {
    do throws(Failure) { return try http.send(asked, during: call) } catch {
      if error.status == .unsupported, !answers.contains(where: { $0.fits((asked.method, asked.url)) }) {
        noteUnanswered(asked)
      }
      throw error
    }
  }

  /// Kept for whoever reads that a call has failed. What stands in the query may be anything: the author knows it, and the report is
  /// handed on.
  private func noteUnanswered(_ asked: AskedRequest) {
    let path = asked.url.prefix { $0 != "?" && $0 != "#" }
    let url = redactor.redact(String(path)) + (path.endIndex == asked.url.endIndex ? "" : "*")
    let told = url.utf8.count > 300 ? "\(url.prefix(300))…" : url
    unanswered = "declare an answer in check.yaml: http: [{method: \(asked.method), url: \"\(told)\"}]"
  }
}
