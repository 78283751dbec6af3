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

  /// A real provider calls its service here, within `call.timeLeft` and once, since the host repeats; `cancel()`
  /// then ends the request. What the service reports becomes a status. If it asks for a slower pace, that is
  ///
  ///     throw PluginError(.throttled, "too many requests", vendorCode: 429, retryAfter: .seconds(20))
  ///
  /// and `.truncated` if the stream breaks off. An answer that a limit cut off is returned, as below.
  func complete(_ prompt: Prompt, call: Call) throws -> Completion {
    try call.check()
    let answer = reply.replacing("{prompt}", with: prompt.text)
    let words = answer.split(whereSeparator: \.isWhitespace)
    guard let limit = prompt.maxOutputTokens, limit < words.count else {
      return Completion(answer, model: "@name@")
    }
    let cut = answer[..<words[limit - 1].endIndex]  // a word is a token here
    return Completion(String(cut), finish: .length, model: "@name@")
  }
}
