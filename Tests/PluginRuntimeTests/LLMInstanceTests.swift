import Glibc
import HostModel
import HostPluginCalls
import HostSystem
import Testing

@Suite struct LLMInstanceTests {
  private func ask(
    _ script: String, mayRetry: Bool = true, _ host: TestHost, _ library: ScriptedLibrary
  ) throws -> (status: Status, attempts: Int, answer: Completion?, message: String) {
    let model = try host.model(library, #"{"script": {"complete": \#(script)}}"#)
    let (result, answer) = try model.complete(Prompt("why?"), mayRetry: mayRetry, deadline: .distantFuture)
    return (result.status, result.attempts, answer, result.isSuccess ? "" : model.failure(result).message)
  }

  @Test func anAnswerIsCopiedAndReleasedOnce() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let asked = try ask(#"["ok model=a"]"#, host, library)
    #expect(asked.status == .ok)
    #expect(asked.answer == Completion(text: "a answers: why?", model: "a", inputTokens: nil, outputTokens: 3))
    #expect(library.count("lists") == 1 && library.count("lists_released") == 1)
  }

  @Test func aRetriableFailureIsRepeatedOnlyIfTheChainLetsIt() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let once = try ask(#"["transient message=reset"]"#, mayRetry: false, host, library)
    #expect(once.status == .transient && once.attempts == 1 && once.answer == nil)
    let repeated = try ask(#"["transient message=reset"]"#, host, library)
    #expect(repeated.status == .ok && repeated.attempts == 2)
  }

  /// A stream that was cut short is never a success.
  @Test func anAnswerThatBreaksOffIsTruncated() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let asked = try ask(#"["ok cut"]"#, mayRetry: false, host, library)
    #expect(asked.status == .truncated && asked.answer == nil)
    #expect(library.count("lists") == library.count("lists_released"))
  }

  @Test(arguments: [
    ("null", "it returned a text of 22 bytes that is NULL"),
    ("long", "it returned a text of 5242880 bytes; 4194304 are the most"),
    ("utf8", "it returned a text that is no UTF-8"),
    ("size", "it returned a completion whose struct_size is 8 instead of 72"),
    ("finish", "it returned a completion whose 'finish' is 99"),
  ])
  func anAnswerThatBreaksTheABIIsRefusedAndTheInstanceNotCalledAgain(_ how: String, _ message: String) throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let model = try host.model(library, #"{"script": {"complete": ["ok malform=\#(how)"]}}"#)
    let (result, answer) = try model.complete(Prompt("why?"), mayRetry: true, deadline: .distantFuture)
    #expect(result.status == .fatal && result.attempts == 1 && answer == nil)
    #expect(model.failure(result).message == "plugin 'scripted': complete: \(message)")
    #expect(library.count("lists") == library.count("lists_released") && !model.isUsable)
    let second = #expect(throws: Failure.self) {
      _ = try model.complete(Prompt("again"), mayRetry: true, deadline: .distantFuture)
    }
    #expect(second?.status == .fatal)
  }

  /// The gate takes the end of a stream for a success; here it would be one without an answer.
  @Test func theEndOfAStreamIsNoAnswer() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let asked = try ask(#"["end_of_stream"]"#, host, library)
    #expect(asked.status == .fatal && asked.answer == nil)
    #expect(asked.message == "plugin 'scripted': complete: it returned the end of a stream instead of an answer")
  }

  @Test func whoeverCancelsEndsTheQuestion() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let model = try host.model(library, #"{"script": {"complete": ["ok wait"]}}"#)
    let other = try SystemLanes().start("canceller") {
      while library.count("calls") < 1 { usleep(1000) }
      host.cancellation.cancel()
    }
    let (result, answer) = try model.complete(Prompt("why?"), mayRetry: true, deadline: .distantFuture)
    other.join()
    #expect(result.status == .cancelled && answer == nil)
  }
}
