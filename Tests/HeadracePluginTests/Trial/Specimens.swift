import HeadracePlugin

/// One library for all tests of this process, since the last that is made is the one that is looked at. Each kind does
/// as little as shows what passes through the layer.
enum Specimens {
  static let library = PluginLibrary(
    name: "specimens", version: "1.2.3", source: Counter.self, transform: Passage.self, detector: Bell.self,
    languageModel: Echo.self)
}

/// Counts to `rows` in two splits, three rows a batch.
final class Counter: Source {
  static let configurationSchema = "{}"
  private static let schema = Schema([.required("n", .int64), .required("odd", .bool), Field("note", .string)])
  private let rows: Int64

  init(configuration: Configuration, host: Host) throws { rows = try configuration.integer("rows") }

  func discover(_ patterns: [String], call: Call) throws -> [SourceStream] {
    try ["up", "down"].map { SourceStream(name: $0, schema: Self.schema) }.matching(patterns)
  }

  func splits(_ request: SplitRequest, call: Call) throws -> SplitList {
    SplitList(try request.unread(splits(of: request.stream)))
  }

  private func splits(of stream: String) -> [Split] {
    ["a", "b"].map { Split(id: $0, identity: stream) }
  }

  func open(_ request: OpenRequest, call: Call) throws -> (schema: Schema, reader: any SourceReader) {
    try request.find(in: splits(of: request.stream))
    let next = Int64(String(decoding: request.position, as: UTF8.self)) ?? 0
    return (Self.schema, Reader(try RecordBuilder(Self.schema), next: next, end: rows, ordinal: request.ordinal))
  }

  private final class Reader: SourceReader {
    private var builder: RecordBuilder
    private var next: Int64
    private let end: Int64
    private var ordinal: UInt64

    init(_ builder: consuming RecordBuilder, next: Int64, end: Int64, ordinal: UInt64) {
      self.builder = builder
      (self.next, self.end, self.ordinal) = (next, end, ordinal)
    }

    func read(call: Call) throws -> SourceBatch? {
      try call.check()
      guard next < end else { return nil }
      let numbers = next..<min(next + 3, end)
      for n in numbers {
        builder.columns[0].append(n)
        builder.columns[1].append(bool: n % 2 == 1)
        if n == 1 { builder.columns[2].appendNull() } else { builder.columns[2].append(bytes: "n\(n)".utf8) }
      }
      next = numbers.upperBound
      ordinal += 1
      return SourceBatch(
        columns: builder.take(), rows: numbers.count, ordinal: ordinal, position: Array("\(next)".utf8))
    }
  }
}

/// Lets everything pass but the rows named in `reject`.
final class Passage: Transform {
  static let configurationSchema = "{}"
  private let reject: [Int64]

  init(configuration: Configuration, host: Host) throws {
    reject = try configuration.list("reject").map { try $0.integer() }
  }

  func bind(stream: String, input: Schema, call: Call) throws -> Schema { input }

  func apply(_ input: Batch, call: Call) throws -> TransformedBatch {
    try call.check()
    let bad = (0..<input.rowCount).filter { reject.contains(Int64($0)) }
    let kept = Selection(all: input.rowCount).removing(positions: bad)
    return TransformedBatch(
      columns: input.columns.map { $0.gather(kept) }, rows: kept.count,
      rejects: bad.map { Reject(row: $0, reason: "row \($0) is unwanted") })
  }
}

/// Rings for every batch, and remembers how often.
final class Bell: Detector {
  static let configurationSchema = "{}"
  static let hasState = true
  private var rings: UInt8 = 0

  init(configuration: Configuration, host: Host) throws {}
  func bind(stream: String, schema: Schema, call: Call) throws {}

  func inspect(_ batch: Batch, call: Call) throws -> [Finding] {
    rings += 1
    return [Finding(.critical, rule: "ring", message: "\(batch.rowCount) rows", score: Double(rings))]
  }

  func finish(_ summary: RunSummary, call: Call) throws -> [Finding] {
    [Finding(.info, rule: "end", message: "\(summary.rows) rows at \(summary.wallTimeMicroseconds)")]
  }

  func save(call: Call) throws -> [UInt8] { [rings] }
  func restore(_ state: [UInt8], call: Call) throws { rings = state.first ?? 0 }
}

/// Answers with what it was asked.
final class Echo: LanguageModel {
  static let configurationSchema = #"{"title": "echo"}"#

  init(configuration: Configuration, host: Host) throws {}

  func complete(_ prompt: Prompt, call: Call) throws -> Completion {
    try call.check()
    switch prompt.text {
    case "slower": throw PluginError(.throttled, "too fast", vendorCode: 429, retryAfter: .milliseconds(1500))
    case "endless": return Completion(String(repeating: "x", count: 4 << 20 | 1))
    default:
      return Completion(
        "\(prompt)", finish: prompt.maxOutputTokens == nil ? .stop : .length, model: "echo-1", inputTokens: 7)
    }
  }
}
