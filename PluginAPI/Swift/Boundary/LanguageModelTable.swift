import CHeadrace

/// The C functions of kind `llm`.
enum LanguageModelTable {
  static func make(for type: any LanguageModel.Type, in arena: Arena) -> headrace_llm {
    headrace_llm(
      struct_size: UInt32(MemoryLayout<headrace_llm>.size), flags: 0,
      factory: Tables.factory(for: type, in: arena, create: create), complete: complete)
  }

  /// An answer may not be longer.
  static let maximumTextBytes = 4 << 20
}

private final class LanguageModelBox: InstanceBox {
  let model: any LanguageModel
  init(_ model: any LanguageModel) { self.model = model }
  override func cancel() { model.cancel() }
}

private func create(
  _ call: UnsafePointer<headrace_call>?, _ host: UnsafePointer<headrace_host>?, _ config: headrace_string,
  _ out: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<headrace_error>?
) -> headrace_status {
  Tables.create(host, config, out, error) { configuration, host in
    try PluginLibrary.tables?.description.languageModel.map {
      LanguageModelBox(try $0.init(configuration: configuration, host: host))
    }
  }
}

private func complete(
  _ instance: OpaquePointer?, _ call: UnsafePointer<headrace_call>?, _ prompt: UnsafePointer<headrace_prompt>?,
  _ out: UnsafeMutablePointer<headrace_completion>?, _ error: UnsafeMutablePointer<headrace_error>?
) -> headrace_status {
  Barrier.run(instance, as: LanguageModelBox.self, error) { box in
    guard let prompt, let out else { throw Barrier.missing("prompt") }
    try box.model.complete(Prompt(prompt), call: Call(call)).export(to: out)
    return HEADRACE_OK
  }
}

extension Prompt {
  fileprivate init(_ pointer: UnsafePointer<headrace_prompt>) {
    var empty = headrace_prompt()
    empty.temperature = .nan
    let prompt = Sized.read(pointer, empty: empty)
    self.init(
      prompt.prompt.text, system: prompt.system.text,
      maxOutputTokens: prompt.max_output_tokens == 0 ? nil : Int(prompt.max_output_tokens),
      temperature: prompt.temperature.isNaN ? nil : prompt.temperature)
  }
}

extension Completion {
  fileprivate func export(to out: UnsafeMutablePointer<headrace_completion>) throws {
    guard Sized.has(\.release, in: UnsafePointer(out)) else { throw Barrier.missing("room for an answer") }
    guard text.utf8.count <= LanguageModelTable.maximumTextBytes else {
      throw PluginError(.truncated, "an answer of \(text.utf8.count) bytes, and 4 MiB are the most")
    }
    let arena = Arena()
    var completion = headrace_completion()
    completion.finish = finish.rawValue
    completion.text = arena.string(text)
    completion.model = arena.string(model)
    completion.input_tokens = inputTokens ?? -1
    completion.output_tokens = outputTokens ?? -1
    completion.private_data = Unmanaged.passRetained(arena).toOpaque()
    completion.release = { Released.once($0, \.private_data, \.release) }
    Sized.write(completion, to: out)
  }
}
