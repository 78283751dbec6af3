import ArgumentParser
import HostGate
import HostIntelligence
import HostModel
import HostPluginCalls

struct AskCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ask",
    abstract: "Asks a language model along a chain of providers, and says which link answered.",
    discussion: """
      The chain is one of 'fallback' in headrace.yaml. Without a PROMPT each line of standard input is a question. Exit \
      code 0 if every question was answered, by a provider or from the cache; 1 if one was not.
      """)

  @Argument(help: "The chain's name.")
  var chain: String

  @Argument(help: "The question; lines of standard input unless given.")
  var prompt: String?

  @Option(help: "Who the model is to be.")
  var system = ""

  @Option(help: "The longest answer, in the model's tokens; the provider's limit unless given.")
  var maxTokens: UInt32 = 0

  @Option(help: "From 0, always the same, upwards; the provider's choice unless given.")
  var temperature: Double?

  @Option(help: "Append the event stream (JSON lines) to this file as well.")
  var events: String?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if let prompt, prompt.isEmpty { throw ValidationError("the question is empty") }
    if let temperature, !(0...10).contains(temperature) {
      throw ValidationError("--temperature is from 0 to 10, found \(temperature)")
    }
  }

  func run() throws {
    SignalStop.block()
    let signals = SignalStop()
    let log = EventLog()
    let bell = OperatorBell()
    let composition = try Composition(global) { event in
      log.write(event)
      bell.ring(event)
    }
    try signals.listen(on: composition.lanes) {}
    let desk = try ProviderDesk(chain, composition, cancellation: signals.stop)
    try log.open(composition, origin: desk.origin, extra: events)
    try bell.start(composition)
    try desk.start()
    let unanswered: Int
    do throws(Failure) { unanswered = try ask(desk, signals) } catch {
      desk.stop(isSuccess: false)
      bell.stop()
      throw error
    }
    desk.stop(isSuccess: unanswered == 0)
    bell.stop()
    Terminal.exit(signals.received.map { 128 + $0 } ?? (unanswered > 0 ? FailureKind.run.rawValue : 0))
  }

  /// - Returns: how many questions were not answered.
  private func ask(_ desk: ProviderDesk, _ signals: SignalStop) throws(Failure) -> Int {
    if let prompt { return ask(prompt, desk) ? 0 : 1 }
    var questions = QuestionReader(stop: signals.stop)
    var unanswered = 0
    while let line = try questions.next() { unanswered += ask(line, desk) ? 0 : 1 }
    return unanswered
  }

  private func ask(_ text: String, _ desk: ProviderDesk) -> Bool {
    let question = Prompt(text, system: system, maxOutputTokens: maxTokens, temperature: temperature)
    let answer = desk.ask(question)
    if global.isJSON { Terminal.json(answer.json(desk.chain)) } else { answer.print(desk.chain) }
    return answer.completion != nil
  }
}
