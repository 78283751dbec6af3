import HeadracePlugin

/// Answers with a fixed text that has the question in it.
final class @Type@Model: LanguageModel {
  static let configurationSchema = """
    {"type": "object", "additionalProperties": false, "properties": {
      "reply": {
        "description": "What is answered; {prompt} in it stands for the question.",
        "type": "string", "default": "You asked: {prompt}"
      }
    }}
    """
  private let reply: String

  init(configuration: Configuration, host: Host) throws {
    reply = try configuration.string("reply", default: "You asked: {prompt}")
  }

  /// A real provider calls its service here, within `call.timeLeft` and once, since the host repeats;
  /// `cancel()` ends the request. A service that asks for a slower pace is told of like this,
  ///
  ///     throw PluginError(.throttled, "too many requests", vendorCode: 429, retryAfter: .seconds(20))
  ///
  /// and a stream that breaks off is `.truncated`. An answer that a limit cut is returned, as below.
  func complete(_ prompt: Prompt, call: Call) throws -> Completion {
    try call.check()
    let answer = reply.replacing("{prompt}", with: prompt.text)
    let words = answer.split(whereSeparator: \.isWhitespace)  // which are this model's tokens
    guard let limit = prompt.maxOutputTokens, limit < words.count else {
      return Completion(answer, model: "@name@", outputTokens: Int64(words.count))
    }
    let cut = String(answer[..<words[limit - 1].endIndex])
    return Completion(cut, finish: .length, model: "@name@", outputTokens: Int64(limit))
  }
}
