import CHeadrace
import HostModel
@testable import HostPluginCalls
import Testing

/// The checker's host offers the service, looks at what it is asked, and sends nothing.
@Suite struct CheckHostHTTPTests {
  private struct End {
    var status: Status?
    /// What the plugin is told.
    var message: String
    /// What the checker holds against it.
    var mistake: String?
  }

  private func ask(_ url: String, method: String = "GET", hasCall: Bool = true) throws -> End {
    let host = CheckHost(secrets: [], http: ["api.example.com"])
    var structure = host.structure()
    let loan = Loan()
    let found = try #require(structure.get_extension(&structure, loan.text(HEADRACE_HOST_HTTP)))
    let send = try #require(found.assumingMemoryBound(to: headrace_host_http.self).pointee.send)
    var request = headrace_http_request()
    request.struct_size = UInt32(MemoryLayout<headrace_http_request>.size)
    (request.method, request.url) = (loan.text(method), loan.text(url))
    var response = headrace_http_response()
    response.struct_size = UInt32(MemoryLayout<headrace_http_response>.size)
    var call = headrace_call()
    (call.deadline_ns, call.is_cancelled) = (.max, { _ in 0 })
    var error = headrace_error.empty
    let status = withUnsafePointer(to: call) { send(&structure, hasCall ? $0 : nil, &request, &response, &error) }
    defer { error.release?(&error) }
    #expect(response.release == nil)
    return End(status: Status(rawValue: status), message: String(error.message), mistake: mistake(host))
  }

  private func mistake(_ host: CheckHost) -> String? {
    do throws(Objection) {
      try host.checkUse()
      return nil
    } catch {
      guard case .broken(let clause, let what) = error else { return "\(error)" }
      return "\(clause ?? "-"): \(what)"
    }
  }

  @Test func aRequestThatCouldBeSentIsDeclined() throws {
    let end = try ask("https://api.example.com/v1")
    #expect(end.status == .unsupported && end.message == "the checker sends no requests over HTTP")
    #expect(end.mistake == nil)
  }

  @Test func aHostThatIsNotDeclaredIsAMistake() throws {
    let end = try ask("https://evil.example.com/v1")
    #expect(end.status == .permissionDenied)
    #expect(end.mistake == "HST-5: it calls 'evil.example.com:443', which its manifest does not declare")
  }

  @Test func aRequestThatCannotBeSentIsAMistake() throws {
    let end = try ask("https://api.example.com/v1", method: "TRACE")
    #expect(end.status == .invalidConfig)
    #expect(end.mistake == "HST-5: the request over HTTP cannot be sent: the method TRACE is not for plugins")
    #expect(try ask("https://api.example.com/v1", hasCall: false).mistake?.hasPrefix("HST-5: ") == true)
  }
}
