/// Answers questions in words. A draft, as the header that it stands on: it may change until that leaves its folder.
public protocol LanguageModel: PluginInstance {
  /// Answers one question. It only asks: the host may repeat it, and may ask another provider too.
  ///
  /// Throws `throttled` and `quotaExhausted` with `retryAfter` where the provider says when to come back,
  /// `contentFiltered` for an answer that the provider withholds, and `truncated` for one that breaks off.
  func complete(_ prompt: Prompt, call: Call) throws -> Completion
}

/// A question to a language model.
public struct Prompt: Sendable, Hashable {
  /// Who the model is to be; may be empty.
  public var system: String
  public var text: String
  /// Nil leaves it to the provider.
  public var maxOutputTokens: Int?
  /// Nil leaves it to the provider.
  public var temperature: Double?

  public init(_ text: String, system: String = "", maxOutputTokens: Int? = nil, temperature: Double? = nil) {
    self.text = text
    self.system = system
    self.maxOutputTokens = maxOutputTokens
    self.temperature = temperature
  }
}

/// What a provider answered.
public struct Completion: Sendable, Hashable {
  /// How an answer ended. The raw values are those of `headrace/ext/draft/llm.h`.
  public enum Finish: UInt32, Sendable, CaseIterable {
    /// The answer is whole.
    case stop = 0
    /// Cut off by a limit: the host takes it for `truncated`, never for an answer.
    case length
  }
  /// At most 4 MiB.
  public var text: String
  public var finish: Finish
  /// The model that answered, as its provider names it; may be empty.
  public var model: String
  /// What the provider charges for; nil if it does not say.
  public var inputTokens: Int64?
  public var outputTokens: Int64?

  public init(
    _ text: String, finish: Finish = .stop, model: String = "", inputTokens: Int64? = nil, outputTokens: Int64? = nil
  ) {
    self.text = text
    self.finish = finish
    self.model = model
    self.inputTokens = inputTokens
    self.outputTokens = outputTokens
  }
}
