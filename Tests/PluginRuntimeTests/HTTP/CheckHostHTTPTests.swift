import CHeadrace
import HostModel
@testable import HostPluginCalls
@testable import HostPluginRuntime
import HostSystem
import Testing

/// The checker's host offers the service, looks at what it is asked, answers what its author has declared, and sends nothing.
@Suite struct CheckHostHTTPTests {
  private struct End {
    var status: Status?
    /// What the plugin is told.
    var message: String
    /// What the checker holds against it.
    var mistake: String?
    /// What it advises its author.
    var advice: String?
    /// What it is answered: the status, the headers, the wait, and the body.
    var answer: String?
  }

  /// - Parameter most: bytes of an answer that the plugin takes.
  private func ask(
    _ url: String, method: String = "GET", hasCall: Bool = true, deadline: Int64 = .max, isCancelled: Bool = false,
    most: UInt64 = 0, answers: [CheckAnswer] = []
  ) throws -> End {
    let host = CheckHost(secrets: [], http: ["api.example.com"], answers: answers, clock: SystemClock())
    var structure = host.structure()
    let loan = Loan()
    let found = try #require(structure.get_extension(&structure, loan.text(HEADRACE_HOST_HTTP)))
    let send = try #require(found.assumingMemoryBound(to: headrace_host_http.self).pointee.send)
    var request = headrace_http_request()
    request.struct_size = UInt32(MemoryLayout<headrace_http_request>.size)
    (request.method, request.url) = (loan.text(method), loan.text(url))
    request.max_response_bytes = most
    var response = headrace_http_response()
    response.struct_size = UInt32(MemoryLayout<headrace_http_response>.size)
    var call = headrace_call()
    (call.deadline_ns, call.is_cancelled) = (deadline, { _ in 0 })
    if isCancelled { call.is_cancelled = { _ in 1 } }
    var error = headrace_error.empty
    let status = withUnsafePointer(to: call) { send(&structure, hasCall ? $0 : nil, &request, &response, &error) }
    defer { error.release?(&error) }
    #expect((response.release == nil) == (status != HEADRACE_OK))
    var end = End(status: Status(rawValue: status), message: String(error.message), mistake: mistake(host))
    end.advice = host.unanswered
    if status == HEADRACE_OK { end.answer = told(response) }
    response.release?(&response)
    #expect(response.release == nil)
    return end
  }

  private func told(_ response: headrace_http_response) -> String {
    let headers = (0..<Int(response.n_headers)).map { index in
      "\(String(response.headers[index].key))=\(String(response.headers[index].value))"
    }
    let body = String(decoding: [UInt8](response.body), as: UTF8.self)
    return "\(response.status_code) \(headers) \(response.retry_after_ns) \(body)"
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
    #expect(end.status == .unsupported && end.mistake == nil)
    #expect(
      end.message
        == "api.example.com:443: the checker sends no requests over HTTP, and has no answer to this one")
    #expect(
      end.advice
        == "declare an answer in check.yaml: http: [{method: GET, url: \"https://api.example.com/v1\"}]")
  }

  /// What stands in a query may be secret, and the report is handed on.
  @Test func theAdviceIsAnAnswerThatFitsAndHasNoQuery() throws {
    let url = "https://api.example.com/v1/rows?key=hunter2"
    let advice = try #require(try ask(url, method: "POST").advice)
    #expect(advice.contains("method: POST, url: \"https://api.example.com/v1/rows*\"") && !advice.contains("hunter2"))
    let advised = CheckAnswer(method: "POST", url: "https://api.example.com/v1/rows*")
    #expect(try ask(url, method: "POST", answers: [advised]).status == .ok)
    #expect(try ask(url, answers: [advised]).status == .unsupported)
  }

  @Test func theFirstAnswerThatFitsIsGivenEveryTime() throws {
    let answers = [
      CheckAnswer(method: "POST", url: "https://api.example.com/*", body: "posted"),
      CheckAnswer(
        url: "https://api.example.com/rows?page=*&size=*", statusCode: 503, headers: [HTTPHeader("retry-after", "7")],
        body: "busy"),
      CheckAnswer(url: "*", body: "any"),
    ]
    let rows = "https://api.example.com/rows?page=2&size=10"
    for _ in 0..<3 {
      let end = try ask(rows, answers: answers)
      #expect(end.answer == "503 [\"retry-after=7\"] 7000000000 busy" && end.mistake == nil && end.advice == nil)
    }
    #expect(try ask(rows, method: "POST", answers: answers).answer == "200 [] -1 posted")
    #expect(try ask("https://api.example.com/rows?page=2", answers: answers).answer == "200 [] -1 any")
    #expect(try ask(rows, method: "HEAD", answers: [CheckAnswer(url: "*", body: "any")]).answer == "200 [] -1 ")
  }

  @Test func anAnswerObeysTheCallAndTheRequest() throws {
    let (url, answers) = ("https://api.example.com/v1", [CheckAnswer(url: "*", body: "four")])
    #expect(try ask(url, deadline: 1, answers: answers).status == .deadlineExceeded)
    #expect(try ask(url, isCancelled: true, answers: answers).status == .cancelled)
    let cut = try ask(url, most: 3, answers: answers)
    #expect(cut.status == .unsupported && cut.message.contains("more than 3 bytes") && cut.advice == nil)
    #expect(try ask(url, most: 4, answers: answers).answer == "200 [] -1 four")
    // An answer to what the manifest does not declare lets nobody ask for it.
    #expect(try ask("https://evil.example.com/v1", answers: answers).mistake?.hasPrefix("HST-5: ") == true)
  }

  /// A pattern that many asterisks could fit in many ways is tried in one.
  @Test func anAsteriskStandsForAnyText() {
    func fits(_ pattern: String, _ url: String) -> Bool { CheckAnswer(url: pattern).fits(("GET", url)) }
    #expect(fits("https://a/b", "https://a/b") && !fits("https://a/b", "https://a/bc"))
    #expect(
      fits("https://a/*", "https://a/") && fits("https://a/*/c", "https://a/b/c")
        && !fits("https://a/*/c", "https://a/c"))
    #expect(fits("*aa*aa", "aaaa") && !fits("*aa*aa", "aaa") && fits("**", "") && !fits("a*a", "a"))
    let (pattern, url) = (String(repeating: "*a", count: 500) + "b", String(repeating: "a", count: 30_000))
    #expect(!fits(pattern, url))
  }

  @Test(arguments: [
    ("http: [{url: example.com}]", "check.yaml:2:14: the URL of the request cannot be used: it has no http://"),
    ("http: [{url: \"ftp://a.example/*\"}]", "check.yaml:2:14: the URL of the request cannot be used: its scheme"),
    ("http: [{method: GET}]", "check.yaml:2:8: missing 'url'"),
    ("http: [{url: \"https://a/\", method: \"A B\"}]", "check.yaml:2:36: 'A B' is no method of HTTP; write one"),
    ("http: [{url: \"https://a/\", status: 99}]", "check.yaml:2:36: expected a whole number from 200 to 599"),
    ("http: [{url: \"https://a/\", headers: {a b: c}}]", "check.yaml:2:38: 'a b' is no name of a header"),
    ("http: [{url: \"https://a/\", headers: {Content-Length: \"3\"}}]", "is about the connection"),
    ("http: [{url: \"https://a/\", headers: {a: \"b\\nc\"}}]", "the value of a header is one line"),
    ("http: [{url: \"https://a/\", bodi: x}]", "check.yaml:2:28: unknown key 'bodi'"),
    ("http: {url: \"https://a/\"}", "check.yaml:2:7: expected a list"),
    (
      "http: [{url: \"https://a/\", body: \(String(repeating: "x", count: 65_537))}]",
      "check.yaml:2:34: the body has 65537 bytes, and 65536 are the most"
    ),
    (
      "http: [\(String(repeating: "{url: \"https://a/\"},", count: 65))]", "check.yaml:2:7: expected at most 64 entries"
    ),
  ]) func mistakesInAnAnswerHaveTheirPlace(section: String, told: String) {
    let failure = #expect(throws: Failure.self) {
      try CheckFile.parse(Array("check: 1\n\(section)\n".utf8), file: "check.yaml")
    }
    #expect(failure?.diagnostics.contains { "\($0)".contains(told) } == true, "\(failure?.diagnostics ?? [])")
  }

  @Test func whatTheFileDeclaresIsWhatTheTrialIsTold() throws {
    let text = """
      check: 1
      http:
      - {url: "https://a.example/rows?page=*", method: get, status: 429, headers: {Retry-After: "3", A: "é"}, body: "{}"}
      - url: "http://127.0.0.1:8080/*"

      """
    let file = try CheckFile.parse(Array(text.utf8), file: "check.yaml")
    let first = CheckAnswer(
      method: "GET", url: "https://a.example/rows?page=*", statusCode: 429,
      headers: [HTTPHeader("a", "é"), HTTPHeader("retry-after", "3")], body: "{}")
    #expect(file.http == [first, CheckAnswer(url: "http://127.0.0.1:8080/*")])
    let request = CheckRequest(
      clause: "LLM-1", name: "n", version: "1.0.0", kinds: ["llm"], kind: "llm", config: "{}", input: [],
      confinement: nil, secrets: [], http: [], answers: file.http, patience: .seconds(1), seed: 1)
    #expect(CheckRequest(json: request.json)?.answers == file.http)
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
