import CHeadrace
package import HostGate
package import HostModel
import HostPolicy

/// A question to a language model.
package struct Prompt: Sendable, Hashable {
  /// Who the model is to be; may be empty.
  package var system: String
  package var text: String
  /// 0 leaves it to the provider.
  package var maxOutputTokens: UInt32
  /// nil leaves it to the provider.
  package var temperature: Double?

  package init(_ text: String, system: String = "", maxOutputTokens: UInt32 = 0, temperature: Double? = nil) {
    self.text = text
    self.system = system
    self.maxOutputTokens = maxOutputTokens
    self.temperature = temperature
  }
}

/// What a provider answered.
package struct Completion: Sendable, Hashable {
  package var text: String
  /// As its provider names it; may be empty.
  package var model: String
  /// nil if the provider does not say.
  package var inputTokens: Int64?
  package var outputTokens: Int64?

  package init(text: String, model: String = "", inputTokens: Int64? = nil, outputTokens: Int64? = nil) {
    self.text = text
    self.model = model
    self.inputTokens = inputTokens
    self.outputTokens = outputTokens
  }
}

/// A provider of a language model. Asking costs nobody anything but money: every call may be repeated.
package final class LLMInstance: PluginInstance, @unchecked Sendable {
  /// The longest answer that is taken.
  package static let mostBytes = 4 << 20

  private let table: headrace_llm
  private let once: CallSite

  package init(
    _ plugin: LoadedPlugin, config: String, context: InstanceContext, host: PluginServices
  ) throws(Failure) {
    guard let table = plugin.tables.llm else { throw plugin.isNo("llm") }
    self.table = table
    // A chain falls over before anything is repeated.
    var single = context
    single.tuning.retry.maxRetries = 1
    once = single.site(context.behaviour, isIdempotent: true)
    try super.init(
      plugin, table.factory, kind: "llm", config: config, context: context,
      services: host.services(for: plugin, context, config: config), watchdog: host.watchdog)
  }

  /// Asks, and says how the gate saw it end.
  /// - Parameters:
  ///   - mayRetry: whether the gate repeats a retriable failure.
  ///   - deadline: of the whole call, retries included.
  ///   - cancellation: in place of the instance's own.
  /// - Returns: an answer if and only if the result is a success.
  /// - Throws: a failure with `fatal` for an instance that cannot be called any more.
  package func complete(
    _ prompt: Prompt, mayRetry: Bool, deadline: Instant, cancellation: Cancellation? = nil
  ) throws(Failure) -> (result: CallResult, answer: Completion?) {
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    var asked = headrace_prompt(
      struct_size: UInt32(MemoryLayout<headrace_prompt>.size), max_output_tokens: prompt.maxOutputTokens,
      system: loan.text(prompt.system), prompt: loan.text(prompt.text), temperature: prompt.temperature ?? .nan)
    var answer: Completion?
    var returned = headrace_completion.empty
    let result = try call(.complete, mayRetry ? repeatable : once, deadline: deadline, cancellation: cancellation) {
      _, call, error in
      returned = .empty
      return table.complete(handle, call, &asked, &returned, error)
    } judge: { outcome in
      switch outcome.status {
      case .ok: return self.judge(&returned, &answer)
      // The gate takes it for a success, and there would be no answer.
      case .endOfStream: return CallOutcome(.fatal, CallError("it returned the end of a stream instead of an answer"))
      default: return outcome
      }
    }
    return (result, answer)
  }

  /// Asks the call under way to end; the next one is not affected. Any thread.
  package func cancelCall() { slot.cancelCall() }

  /// Reads what the plugin returned with success. One that breaks the ABI is not called again.
  private func judge(_ returned: inout headrace_completion, _ answer: inout Completion?) -> CallOutcome {
    do throws(Failure) {
      answer = try returned.take()
      return answer == nil ? CallOutcome(.truncated, CallError("the answer was cut off by a limit")) : CallOutcome(.ok)
    } catch { return CallOutcome(.fatal, CallError(error)) }
  }

  /// How a refused answer is told.
  package func failure(_ result: CallResult) -> Failure {
    result.failure(plugin: plugin.description.name, operation: .complete, retry: repeatable.terms.retry)
  }
}

extension headrace_completion {
  static var empty: headrace_completion {
    var completion = headrace_completion()
    completion.struct_size = UInt32(MemoryLayout<headrace_completion>.size)
    completion.input_tokens = -1
    completion.output_tokens = -1
    return completion
  }

  /// The answer, copied; the structure is released.
  ///
  /// - Returns: nil for an answer that was cut off.
  fileprivate mutating func take() throws(Failure) -> Completion? {
    defer {
      release?(&self)
      release = nil
    }
    let size = MemoryLayout<Self>.size
    guard struct_size == UInt32(size) else {
      throw malformedResult("a completion whose struct_size is \(struct_size) instead of \(size)")
    }
    let words = try text.whole(limit: LLMInstance.mostBytes)
    let model = try model.whole(limit: 1 << 10)
    switch Int32(bitPattern: finish) {
    case HEADRACE_FINISH_STOP: break
    case HEADRACE_FINISH_LENGTH: return nil
    default: throw malformedResult("a completion whose 'finish' is \(finish)")
    }
    return Completion(
      text: words, model: model, inputTokens: input_tokens < 0 ? nil : input_tokens,
      outputTokens: output_tokens < 0 ? nil : output_tokens)
  }
}

extension headrace_string {
  /// The text, all of it.
  fileprivate func whole(limit: Int) throws(Failure) -> String {
    guard length <= UInt64(limit) else { throw malformedResult("a text of \(length) bytes; \(limit) are the most") }
    guard length > 0 else { return "" }
    guard let data else { throw malformedResult("a text of \(length) bytes that is NULL") }
    let bytes = UnsafeRawBufferPointer(start: data, count: Int(length))
    guard let text = String(validating: bytes, as: UTF8.self) else { throw malformedResult("a text that is no UTF-8") }
    return text
  }
}
