public import CHeadrace

/// A language model on trial.
public final class LanguageModelTrial: PluginTrial {
  private let table: headrace_llm

  public init(_ entry: UnsafePointer<headrace_entry>?, configuration: String = "{}") throws {
    table = try Self.table(HEADRACE_LLM, of: entry, empty: headrace_llm())
    try super.init(table.factory, configuration: configuration)
  }

  /// Asks one question.
  public func complete(_ prompt: Prompt) throws -> Completion {
    let arena = Arena()
    var asked = headrace_prompt(
      struct_size: UInt32(MemoryLayout<headrace_prompt>.size),
      max_output_tokens: UInt32(clamping: prompt.maxOutputTokens ?? 0), system: arena.string(prompt.system),
      prompt: arena.string(prompt.text), temperature: prompt.temperature ?? .nan)
    var answer = headrace_completion()
    answer.struct_size = UInt32(MemoryLayout<headrace_completion>.size)
    try withExtendedLifetime(arena) {
      try call("complete") { table.complete(instance, $0, &asked, &answer, $1) }
    }
    defer { answer.release?(&answer) }
    guard let finish = Completion.Finish(rawValue: answer.finish) else {
      throw PluginError(.fatal, "complete: there is no finish \(answer.finish)")
    }
    return Completion(
      answer.text.text, finish: finish, model: answer.model.text,
      inputTokens: answer.input_tokens < 0 ? nil : answer.input_tokens,
      outputTokens: answer.output_tokens < 0 ? nil : answer.output_tokens)
  }
}
