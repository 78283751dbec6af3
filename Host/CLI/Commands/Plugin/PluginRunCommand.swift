import ArgumentParser
import HostFormats
import HostModel
import HostPluginCalls
import HostPluginRuntime

/// `headrace plugin run`: feeds a plugin by hand, and prints what it makes as JSON lines.
struct PluginRunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Feeds a plugin by hand and prints what it makes, as JSON lines.",
    discussion: """
      A source prints its rows; a transform the rows that it makes of INPUT; a detector what it finds in INPUT; a language \
      model its answer to each line of INPUT. INPUT is a file that the 'file' plugin reads (CSV, JSON Lines), and is \
      sample.csv beside the manifest unless given. Dead letters go to standard error.
      """)

  @OptionGroup var work: WorkOptions

  @Argument(help: "What it is fed with.")
  var input: String?

  @Option(help: "The most rows to print.")
  var rows: Int = 20

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let atWork = try PluginAtWork(work, global)
    switch atWork.kind {
    case .source: try readSource(atWork)
    case .transform: try transform(atWork)
    case .detector: try detect(atWork)
    case .llm: try ask(atWork)
    case .cdc, .format, .sink:
      throw Failure(
        .invalidInput, "a \(atWork.kind.rawValue) is not fed by hand",
        advice: "use it in a pipeline, with 'headrace run'")
    }
  }

  private func readSource(_ atWork: PluginAtWork) throws(Failure) {
    var left = rows
    let drive = try atWork.drive()
    try drive.read(try drive.source()) { (batch) throws(Failure) in
      Self.tell(batch.rejects)
      left -= Self.print(batch.takeRows(), atMost: left)
      return left > 0
    }
  }

  private func transform(_ atWork: PluginAtWork) throws(Failure) {
    var (transform, left): (TransformInstance?, Int) = (nil, rows)
    let drive = try atWork.drive()
    try feed(atWork) { (batch) throws(Failure) in
      if transform == nil { transform = try drive.transform(batch.schema) }
      guard let bound = transform else { return false }
      switch bound.apply(batch) {
      case .transformed(let made):
        Self.tell(made.rejects)
        left -= Self.print(made.takeRows(), atMost: left)
      case .failed(_, let failure): throw failure
      }
      return left > 0
    }
  }

  private func detect(_ atWork: PluginAtWork) throws(Failure) {
    var (detector, count): (DetectorInstance?, Int) = (nil, 0)
    let drive = try atWork.drive()
    try feed(atWork) { (batch) throws(Failure) in
      if detector == nil { detector = try drive.detector(batch.schema) }
      guard let bound = detector else { return false }
      count += batch.rowCount
      for finding in try bound.inspect(batch) { Terminal.json(finding.json) }
      return true
    }
    guard let detector else { return }
    for finding in try detector.finish(rows: count, at: atWork.composition.clock.wallTime()) {
      Terminal.json(finding.json)
    }
  }

  private func ask(_ atWork: PluginAtWork) throws(Failure) {
    let drive = try atWork.drive()
    let model = try drive.model()
    let lines = try input.map { (path) throws(Failure) in
      String(decoding: try UserFile.read(path, advice: "name a file with a question in each line"), as: UTF8.self)
        .split(separator: "\n").map(String.init)
    }
    for line in lines ?? ["What is a headrace?"] {
      let answer = try drive.ask(model, line)
      Terminal.json(.object(["prompt": .string(line), "text": .string(answer.text), "model": .string(answer.model)]))
    }
  }

  /// Reads the input with the plugin that reads files.
  private func feed(
    _ atWork: PluginAtWork, _ body: (consuming RecordBatch) throws(Failure) -> Bool
  ) throws(Failure) {
    let path = input ?? atWork.plugin.folder + "/sample.csv"
    guard try UserFile.exists(path) else {
      throw Failure(.invalidInput, "\(path): there is no such file", advice: "name a file to feed the plugin with")
    }
    let format = path.hasSuffix(".csv") || path.hasSuffix(".csv.gz") ? "csv" : "jsonl"
    let config = YAMLDocument.parse(
      Array(JSONValue.object(["path": .string(Composition.absolute(path)), "format": .string(format)]).text().utf8),
      file: path)
    guard let tree = config.root else { throw .invalid(config.diagnostics) }
    let file = try atWork.drive("file", .source, config: tree)
    try file.read(try file.source()) { (batch) throws(Failure) in
      Self.tell(batch.rejects)
      return try body(batch.takeRows())
    }
  }

  /// - Returns: how many rows were printed.
  private static func print(_ batch: consuming RecordBatch, atMost limit: Int) -> Int {
    let rows = batch.objects(atMost: limit)
    for row in rows { Terminal.json(row) }
    return rows.count
  }

  private static func tell(_ rejects: [Reject]) {
    for reject in rejects {
      let place = reject.row.map { "row \($0)" } ?? reject.place
      Terminal.line("dead letter: \(Terminal.printable("\(place): \(reject.reason)"))", to: .error)
    }
  }
}

extension Finding {
  fileprivate var json: JSONValue {
    .object([
      "severity": .string(severity.name), "rule": .string(rule), "column": column.map(JSONValue.string) ?? .null,
      "row": row.map { .integer(Int64($0)) } ?? .null, "message": .string(message), "score": .double(score),
    ])
  }
}
