import CArrow
import CHeadrace
import HostModel

/// A language model's functions.
extension WorkerInstance {
  func complete(
    _ call: Call, _ arguments: inout WireReader, _ result: inout WireWriter
  ) throws(Failure) -> WorkerOutcome {
    let (table, handle) = (try table(plugin.tables.llm), try instance())
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    var prompt = headrace_prompt(
      struct_size: UInt32(MemoryLayout<headrace_prompt>.size), max_output_tokens: try arguments.number(),
      system: loan.text(try arguments.text()), prompt: loan.text(try arguments.text()),
      temperature: try arguments.double())
    var answer = headrace_completion.empty
    let outcome = self.call { table.complete(handle, call, &prompt, &answer, $0) }
    guard outcome.status == .ok else { return outcome }
    defer { answer.release?(&answer) }
    result.put(answer.finish)
    // Bytes as they are: the host says what is wrong with them.
    for text in [answer.text, answer.model] { result.put(text.bytes(limit: LLMInstance.mostBytes + 1)) }
    result.put(answer.input_tokens)
    result.put(answer.output_tokens)
    return outcome
  }
}

extension headrace_string {
  fileprivate func bytes(limit: Int) -> [UInt8] {
    Array(UnsafeRawBufferPointer(start: data, count: data == nil ? 0 : Int(Swift.min(length, UInt64(limit)))))
  }
}
