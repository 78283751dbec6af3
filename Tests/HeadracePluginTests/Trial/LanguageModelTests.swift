import CHeadrace
import Testing

@testable import HeadracePlugin

@Suite struct LanguageModelTests {
  private let model: LanguageModelTrial

  init() throws { model = try LanguageModelTrial(Specimens.library.entry) }

  @Test func aQuestionArrivesWholeAndSoDoesItsAnswer() throws {
    let prompt = Prompt("why?", system: "a poet", temperature: 0.5)
    #expect(try model.complete(prompt) == Completion("\(prompt)", model: "echo-1", inputTokens: 7))
    let short = Prompt("why?", maxOutputTokens: 3)
    #expect(try model.complete(short) == Completion("\(short)", finish: .length, model: "echo-1", inputTokens: 7))
  }

  @Test func aRefusalSaysWhenToComeBack() {
    let failure = #expect(throws: PluginError.self) { try model.complete(Prompt("slower")) }
    #expect(failure?.status == .throttled)
    #expect(failure?.vendorCode == 429)
    #expect(failure?.retryAfter == .milliseconds(1500))
  }

  @Test func anAnswerBeyondTheLimitIsTruncatedAndTheInstanceLivesOn() throws {
    let failure = #expect(throws: PluginError.self) { try model.complete(Prompt("endless")) }
    #expect(failure?.status == .truncated)
    #expect(try model.complete(Prompt("why?")).model == "echo-1")
  }

  @Test func aCallThatIsNotWantedIsCancelled() {
    model.isCancelled = true
    #expect(throws: PluginError.self) { try model.complete(Prompt("why?")) }
  }

  /// The prompt of a host that was built before the last member, and a completion of one built after it.
  @Test func structuresOfOtherSizesAreReadAndWrittenAsFarAsBothGo() throws {
    let table = try PluginTrial.table(HEADRACE_LLM, of: Specimens.library.entry, empty: headrace_llm())
    struct Longer {
      var answer = headrace_completion()
      var tail: UInt64 = 0xDEAD_BEEF
    }
    var longer = Longer()
    longer.answer.struct_size = UInt32(MemoryLayout<Longer>.size)
    var asked = headrace_prompt()
    asked.struct_size = UInt32(MemoryLayout<headrace_prompt>.size - MemoryLayout<Double>.size)
    asked.temperature = 9
    try model.call("complete") { call, error in
      withUnsafeMutablePointer(to: &longer) {
        $0.withMemoryRebound(to: headrace_completion.self, capacity: 1) {
          table.complete(model.instance, call, &asked, $0, error)
        }
      }
    }
    #expect(longer.answer.text.text == "\(Prompt(""))")
    #expect(longer.tail == 0xDEAD_BEEF)
    #expect(Int(longer.answer.struct_size) == MemoryLayout<headrace_completion>.size)
    longer.answer.release?(&longer.answer)
    #expect(longer.answer.release == nil)
  }
}
