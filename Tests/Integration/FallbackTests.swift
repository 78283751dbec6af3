import Foundation
import TestSupport
import Testing

/// Chains of providers through the real program: who answers, who is passed over and why, and what it remembers.
@Suite struct FallbackTests {
  /// Two providers that answer by script, an earlier answer, and the degraded variant.
  private func project(
    _ name: String, a: String = "[]", b: String = "[]", age: String = "1h", policy: String = "{}"
  ) throws -> HeadraceProject {
    let project = try HeadraceProject(name, "")
    try project.write("headrace.yaml", platform(a: a, b: b, age: age, policy: policy))
    _ = try project.installScripted(["llm"])
    return project
  }

  private func platform(a: String, b: String, age: String = "1h", policy: String = "{}") -> String {
    """
    version: 1
    policy: \(policy)
    providers:
      provider_a: {plugin: scripted, config: {endpoint: "a.example:443", script: {complete: \(a)}}}
      provider_b: {plugin: scripted, config: {endpoint: "b.example:443", script: {complete: \(b)}}}
    fallback:
      llm_provider:
        links:
          - provider: provider_a
          - provider: provider_b
          - cached_response: \(age)
          - degraded: predefined_sql
    """
  }

  private func start(
    _ project: HeadraceProject, _ arguments: [String], environment: [String: String] = [:], output: String = "json",
    takesInput: Bool = false
  ) throws -> HeadraceProcess {
    try project.start(
      arguments + ["--plugins", project.folder + "/manifests"], output: output, takesInput: takesInput)
  }

  private struct Answer: Decodable {
    let answer: String?
    let servedBy: String?
    let ageUs: Int64?
    let degradedTo: String?
    let status: String
    let trail: [Step]

    init(json: some StringProtocol) throws {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      self = try decoder.decode(Answer.self, from: Data(json.utf8))
    }

    struct Step: Decodable, Equatable {
      let link: String
      let end: String
      let reason: String
      let copies: Int
    }
  }

  private func ask(_ project: HeadraceProject, _ question: String, exit: Int32 = 0) throws -> Answer {
    let events = project.newEvents()
    let process = try start(project, ["ask", "llm_provider", question, "--events", events])
    let end = try process.wait()
    #expect(end == .exited(exit), "\(end) \(process.output) \(process.errors)")
    return try Answer(json: process.output)
  }

  @Test func theChainOfThreeGoesToTheCachedAnswerAndSaysHowOldItIs() throws {
    let project = try project("chain", a: #"["ok model=a"]"#, policy: "{retry: {llm_inference: {base_delay: 1ms}}}")
    let first = try ask(project, "how many orders?")
    #expect(first.answer == "a answers: how many orders?" && first.servedBy == "provider_a" && first.ageUs == nil)
    // The primary is down: the secondary answers at once.
    let down = #"["transient forever message=reset"]"#
    let policy = "{retry: {llm_inference: {base_delay: 1ms}}}"
    try project.write("headrace.yaml", platform(a: down, b: #"["ok model=b"]"#, policy: policy))
    let second = try ask(project, "how many orders?")
    #expect(second.answer == "b answers: how many orders?" && second.servedBy == "provider_b")
    #expect(second.trail.map(\.end) == ["transient", "served"])
    #expect(second.trail[0].reason.contains("reset"))
    // Both are down: what was answered before serves, and says how old it is.
    try project.write("headrace.yaml", platform(a: down, b: down, policy: policy))
    let third = try ask(project, "how many orders?")
    #expect(third.answer == second.answer && third.servedBy == "cached_response")
    #expect((third.ageUs ?? 0) > 0 && (third.ageUs ?? .max) < 600_000_000)
    #expect(third.trail.map(\.link) == ["provider_a", "provider_b", "cached_response"])
    // Another question has no earlier answer: the feature goes on in its lesser variant, and nothing is made up.
    let fourth = try ask(project, "how many customers?", exit: 1)
    #expect(fourth.answer == nil && fourth.degradedTo == "predefined_sql")
    #expect(fourth.trail.map(\.end).suffix(2) == ["missed", "served"])
  }

  @Test func aBreakerThatOneProcessOpenedIsNotPaidForByTheNext() throws {
    let project = try project(
      "cooled", a: #"["transient forever message=reset"]"#, b: #"["ok model=b", "ok model=b"]"#,
      policy: "{breaker: {consecutive_failures: 1, timeout: 1h}}")
    #expect(try ask(project, "one").trail.map(\.end) == ["transient", "served"])
    let second = try ask(project, "two")
    #expect(second.trail.map(\.end) == ["breaker_open", "served"], "\(second)")
    let why = try start(project, ["why", "scripted@a.example:443"], output: "text")
    #expect(try why.wait() == .exited(0))
    #expect(why.output.contains("breaker open") && why.output.contains("reset"), "\(why.output)")
  }

  @Test func anAnswerThatIsTooOldIsNotServed() throws {
    let down = #"["unauthenticated forever message=no"]"#
    let project = try project("old", a: #"["ok"]"#, age: "1s")
    _ = try ask(project, "q")
    try project.write("headrace.yaml", platform(a: down, b: down, age: "1s"))
    Thread.sleep(forTimeInterval: 1.2)
    let late = try ask(project, "q", exit: 1)
    #expect(late.degradedTo == "predefined_sql" && late.trail[2].end == "missed")
  }

  @Test func refusedContentIsAskedForNowhereElse() throws {
    let project = try project("filtered", a: #"["content_filtered message=policy"]"#)
    let answer = try ask(project, "q", exit: 1)
    #expect(answer.answer == nil && answer.status == "content_filtered" && answer.trail.count == 1)
  }

  /// The edge `llm_unavailable` up and down again: with every provider's breaker open the level rises, calls to models are
  /// not made, and once they could be made again it comes back step by step.
  @Test func theLevelRisesWhileNoModelAnswersAndComesBack() throws {
    let project = try project(
      "level", a: #"["transient forever message=gone"]"#, b: #"["transient message=gone", "ok model=b"]"#,
      policy: """
        {breaker: {consecutive_failures: 1, timeout: 4s}, retry: {llm_inference: {max_retries: 1}}, \
        degradation: {failure_hold: 0s, recovery_hold: 1s, failing_dependencies: 9}}
        """)
    let events = project.newEvents()
    let process = try start(project, ["ask", "llm_provider", "--events", events], takesInput: true)
    try process.type("first\n")
    var log = RunEvents(path: events)
    try wait(process, &log, for: #""to":"level_1""#)
    try process.type("while it is down\n")
    try wait(process, &log, for: #""to":"normal""#)
    try process.type("afterwards\n")
    try process.closeInput()
    #expect(try process.wait() == .exited(1), "\(process.errors)")
    let answers = try process.output.split(separator: "\n").map {
      try Answer(json: $0)
    }
    try #require(answers.count == 3, "\(process.output)")
    #expect(answers[0].trail.map(\.end) == ["transient", "transient", "missed", "served"])
    #expect(answers[1].trail.first?.end == "degraded" && answers[1].degradedTo == "predefined_sql")
    #expect(answers[2].answer == "b answers: afterwards", "\(answers[2])")
    log.read()
    let levels = log.all.filter { $0.name == "level" }.map(\.text)
    #expect(levels.count == 2 && levels[0].contains("llm_unavailable") && levels[1].contains("recovered"), "\(levels)")
  }

  /// Six questions to one provider, of which the sixth takes long in the instance that the first five went to.
  private func hedge(_ name: String, policy: String, slow: Int) throws -> [Answer] {
    let quick = Array(repeating: #""ok model=a""#, count: 5).joined(separator: ", ")
    let project = try project(name, a: #"[\#(quick), "ok model=slow sleep_ms=\#(slow)"]"#, policy: policy)
    let process = try start(project, ["ask", "llm_provider"], takesInput: true)
    for number in 1...6 { try process.type("question \(number)\n") }
    try process.closeInput()
    #expect(try process.wait() == .exited(0), "\(process.errors)")
    return try process.output.split(separator: "\n").map {
      try Answer(json: $0)
    }
  }

  /// The slow copy is cancelled: were it waited for, the test would take as long as it does.
  @Test func aSlowQuestionIsAskedASecondTimeAndTheFirstAnswerCounts() throws {
    let answers = try hedge(
      "hedged", policy: "{hedging: {minimum_calls: 5}, deadlines: {llm_inference: 1h}}", slow: 900_000)
    try #require(answers.count == 6)
    #expect(answers[5].answer == "a answers: question 6" && answers[5].servedBy == "provider_a")
    #expect(answers[0].trail[0].copies == 1 && answers[5].trail[0].copies == 2, "\(answers)")
  }

  @Test func withoutBudgetNothingIsAskedTwice() throws {
    let answers = try hedge(
      "unpaid", policy: "{hedging: {minimum_calls: 5}, retry_budget: {capacity: 0}}", slow: 500)
    try #require(answers.count == 6)
    #expect(answers[5].answer == "slow answers: question 6" && answers[5].trail[0].copies == 1, "\(answers)")
  }

  private func wait(_ process: HeadraceProcess, _ log: inout RunEvents, for text: String) throws {
    try process.wait(text) {
      log.read()
      return log.all.contains { $0.name == "level" && $0.text.contains(text) }
    }
  }

  @Test(arguments: [
    ("links: [{provider: nobody}, {degraded: predefined_sql}]", "6:14: there is no provider 'nobody'"),
    ("links: [{provider: p}]", "5:6: the chain 'c': "),
    ("links: [{chain: c}, {degraded: skip}]", "the chain leads back to itself: c -> c"),
    ("links: [{provider: p, degraded: skip}]", "a link is one of"),
    ("links: [{degraded: predefined_sql}, {provider: p}]", "5:6: the chain 'c': "),
    ("feature: schema_mapping, links: [{provider: p}, {degraded: predefined_sql}]", "5:6: the chain 'c': "),
    ("linkz: []", "unknown key 'linkz', did you mean 'links'?"),
  ])
  func aChainThatDoesNotEndIsRefusedWithItsPlace(_ chain: String, _ message: String) throws {
    let project = try project("refused")
    try project.write("headrace.yaml", "version: 1\nproviders:\n  p: {plugin: scripted}\nfallback:\n  c: {\(chain)}\n")
    let process = try start(project, ["ask", "c", "q"])
    #expect(try process.wait() == .exited(2))
    #expect(
      process.errors.contains("headrace.yaml:") && process.errors.contains(message.replacing("6:14: ", with: "")),
      "\(process.errors)")
  }

  // MARK: What goes wrong around it

  /// A lost instance opens all breakers of its plugin, which here is that of the second provider too: the earlier answer
  /// serves.
  @Test func aProviderThatNeverReturnsCostsItsThreadAndNotTheQuestion() throws {
    let project = try project("hanging", a: #"["ok model=a"]"#)
    _ = try ask(project, "q")
    try project.write(
      "headrace.yaml", platform(a: #"["ok hang"]"#, b: "[]", policy: "{deadlines: {llm_inference: 2s}}"))
    let answer = try ask(project, "q")
    #expect(answer.answer == "a answers: q" && answer.servedBy == "cached_response", "\(answer)")
    let first = try #require(answer.trail.first)
    #expect(first.end == "hung" && first.reason.contains("did not return"), "\(answer)")
  }

  @Test func whoeverInterruptsAnIdleQuestionerIsObeyedAtOnce() throws {
    let project = try project("idle")
    let events = project.newEvents()
    let process = try start(project, ["ask", "llm_provider", "--events", events], takesInput: true)
    try process.type("one\n")
    try process.wait("no answer") { process.output.contains("one") }
    process.signal(SIGINT)
    #expect(try process.wait() == .exited(130))
  }

  @Test(arguments: [[UInt8(0xff), 0x0a], [UInt8](repeating: 0x61, count: (1 << 20) + 70_000)])
  func inputThatIsNoQuestionIsRefused(_ bytes: [UInt8]) throws {
    let project = try project("binary")
    try Data(bytes).write(to: URL(fileURLWithPath: project.folder + "/input"))
    let process = try project.start(
      ["ask", "llm_provider", "--plugins", project.folder + "/manifests"],
      wrapper: ["/bin/sh", "-c", "exec \"$@\" < input", "sh"])
    #expect(try process.wait() == .exited(2))
    #expect(process.errors.contains("a line of standard input is"), "\(process.errors)")
  }

  /// A value that came from the environment is nowhere, though the provider repeats it.
  @Test(arguments: ["json", "text"])
  func aProvidersSecretIsInNoOutputAndInNoFile(_ output: String) throws {
    let project = try project("secret", a: #"["unauthenticated message=${env:PROVIDER_KEY}"]"#, b: #"["ok"]"#)
    let process = try project.start(
      ["ask", "llm_provider", "q", "--plugins", project.folder + "/manifests"],
      environment: ["PROVIDER_KEY": "hunter2hunter2"], output: output)
    #expect(try process.wait() == .exited(0), "\(process.errors)")
    #expect(!(process.output + process.errors).contains("hunter2"), "\(process.output) \(process.errors)")
    let files = FileManager.default.enumerator(atPath: project.home)?.compactMap { $0 as? String } ?? []
    #expect(files.contains { $0.hasSuffix("llm_provider.events.jsonl") })
    for file in files {
      let bytes = FileManager.default.contents(atPath: project.home + "/" + file) ?? Data()
      #expect(bytes.range(of: Data("hunter2".utf8)) == nil, "\(file)")
    }
  }

  @Test func anAnswerKeepsItsLines() throws {
    let project = try project("lines", a: #"["ok model=a"]"#)
    let process = try start(project, ["ask", "llm_provider", "first\nsecond"], output: "text")
    #expect(try process.wait() == .exited(0))
    #expect(process.output == "a answers: first\nsecond\n" && process.errors == "answered by provider_a\n")
  }

  @Test func policyCheckProvesTheChainsAndLooksAtTheirProviders() throws {
    let project = try project("checked", policy: "{hedging: {}, retry_budget: {capacity: 0}}")
    let process = try start(project, ["policy", "check"], output: "text")
    #expect(try process.wait() == .exited(2))
    #expect(
      process.output.contains(
        "chain 'llm_provider': ends: provider_a -> provider_b -> cached_response -> predefined_sql"))
    #expect(
      process.output.contains("  provider_b: error: retry_budget.capacity: without budget nothing is asked twice"))
  }

  @Test(arguments: [
    ("fallback: {../c: {links: [{degraded: predefined_sql}]}}", "3:12: expected the name of a chain"),
    ("providers: {a/b: {plugin: scripted}}", "3:13: expected the name of a provider"),
    ("catalog: {policy: {breaker: {on_state_change: nobody}}}", "3:47: there is no notification target 'nobody'"),
  ])
  func aNameThatIsNoneIsRefused(_ section: String, _ message: String) throws {
    let project = try project("names")
    try project.write("headrace.yaml", "version: 1\n\n\(section)\n")
    let process = try start(project, ["ask", "c", "q"])
    #expect(try process.wait() == .exited(2))
    #expect(process.errors.contains("headrace.yaml:" + message), "\(process.errors)")
  }

  @Test func aChainThatIsNotThereIsTold() throws {
    let project = try project("unknown")
    let process = try start(project, ["ask", "llm_providr", "q"])
    #expect(try process.wait() == .exited(2))
    #expect(process.errors.contains("did you mean 'llm_provider'?"), "\(process.errors)")
  }
}
