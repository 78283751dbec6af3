import CHeadrace
import HeadracePlugin
import Testing

/// A trial calls the plugin as the host does, through its entry.
@Suite struct @Type@ModelTests {
  @Test func theAnswerHasTheQuestionInIt() throws {
    let model = try LanguageModelTrial(headrace_plugin_entry())
    #expect(try model.complete(Prompt("why?")).text == "You asked: why?")
    let configuration = #"{"reply": "{prompt} {prompt}"}"#
    let echo = try LanguageModelTrial(headrace_plugin_entry(), configuration: configuration)
    #expect(try echo.complete(Prompt("{prompt}")).text == "{prompt} {prompt}")
  }

  @Test func anAnswerIsCutAtTheLimit() throws {
    let model = try LanguageModelTrial(headrace_plugin_entry())
    let whole = try model.complete(Prompt("a b", maxOutputTokens: 4))
    #expect(whole == Completion("You asked: a b", model: "@name@", outputTokens: 4))
    let cut = try model.complete(Prompt("a b", maxOutputTokens: 3))
    #expect(cut == Completion("You asked: a", finish: .length, model: "@name@", outputTokens: 3))
  }

  @Test func aCallThatIsNotWantedAndAReplyThatIsNoTextAreRefused() throws {
    let model = try LanguageModelTrial(headrace_plugin_entry())
    model.isCancelled = true
    #expect(throws: PluginError.self) { try model.complete(Prompt("why?")) }
    #expect(throws: PluginError.self) {
      try LanguageModelTrial(headrace_plugin_entry(), configuration: #"{"reply": 1}"#)
    }
  }
}
