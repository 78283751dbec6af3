import HostFormats
import HostGate
import HostIntelligence
import HostModel
import HostPluginCalls
import HostPolicy

/// How an answer is shown: what was said on standard output, how it came about on standard error.
extension ProviderAnswer {
  func print(_ chain: ProviderChain) {
    for line in completion?.text.split(separator: "\n", omittingEmptySubsequences: false) ?? [] {
      Terminal.line(Terminal.printable(String(line)))
    }
    for line in story(chain) { Terminal.line(Terminal.printable(line), to: .error) }
  }

  private func story(_ chain: ProviderChain) -> [String] {
    let steps = ending.trail.filter { $0.end != .served }.map { "  \(name($0.link, chain)): \(reason($0))" }
    switch ending.conclusion {
    case .answered(let link, nil):
      let copies = ending.attempts[link]?.copies ?? 1
      return steps + ["answered by \(name(link, chain))" + (copies > 1 ? ", asked \(copies) times" : "")]
    case .answered(_, let age?):
      return steps + [
        "answered from the cache, \(Units.durationText(.milliseconds(age.wholeNanoseconds / 1_000_000))) old"
      ]
    case .degraded(let mode, _):
      return steps + ["no provider answered: '\(chain.proof.stage.feature.name)' goes on as '\(mode.name)'"]
    case .failed(let status): return steps + ["not answered: \(status.name)"]
    case .refused(let cause): return steps + ["not answered: \(cause.explanation)"]
    }
  }

  func json(_ chain: ProviderChain) -> JSONValue {
    var object: JSONObject = [
      "schema_version": 1, "chain": .string(chain.name), "answer": completion.map { .string($0.text) } ?? .null,
      "served_by": .null, "age_us": .null, "degraded_to": .null, "status": "ok",
      "model": completion.map { .string($0.model) } ?? .null,
      "input_tokens": completion?.inputTokens.map { .integer($0) } ?? .null,
      "output_tokens": completion?.outputTokens.map { .integer($0) } ?? .null,
    ]
    switch ending.conclusion {
    case .answered(let link, let age):
      object["served_by"] = .string(name(link, chain))
      if let age { object["age_us"] = .integer(age.wholeNanoseconds / 1000) }
    case .degraded(let mode, _):
      object["degraded_to"] = .string(mode.name)
      object["status"] = "degraded"
    case .failed(let status): object["status"] = .string(status.name)
    case .refused(let cause): object["status"] = .string(cause.kind.name)
    }
    object["trail"] = .array(
      ending.trail.map { step in
        .object([
          "link": .string(name(step.link, chain)), "end": .string(word(step.end)), "reason": .string(reason(step)),
          "copies": .integer(Int64(ending.attempts[step.link]?.copies ?? 0)),
        ])
      })
    return .object(object)
  }

  private func name(_ link: Int, _ chain: ProviderChain) -> String { chain.proof.links[link].name }

  private func word(_ end: FallbackCall.Step.End) -> String {
    switch end {
    case .served: "served"
    case .failed(let status, _): status.name
    case .refused(let cause): cause.kind.name
    case .notRepeatable: "not_repeatable"
    case .missed: "missed"
    }
  }

  private func reason(_ step: FallbackCall.Step) -> String {
    switch step.end {
    case .served: ""
    case .failed(let status, _): ending.attempts[step.link]?.message ?? status.name
    case .refused(let cause): cause.explanation
    case .notRepeatable: "an earlier provider may have carried the call out"
    case .missed: "there is no earlier answer that is young enough"
    }
  }
}
