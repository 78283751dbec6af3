import HostFormats
import HostModel
import HostPipelines
import Testing

@Suite struct PipelineFileTests {
  private func read(_ text: String, set: [String] = []) throws -> PipelineFile {
    let overrides = try set.map { try VariableOverride.parse($0).get() }
    return try PipelineFile.parse(
      Array(text.utf8), file: "p.yaml", sources: Surroundings.sources, overrides: overrides
    ).get()
  }

  private func read(source: String, destination: String = "{table: a.b}", more: String = "") throws -> PipelineFile {
    try read("version: 1\npipeline: p\nsource: \(source)\ndestination: \(destination)\n\(more)")
  }

  @Test(arguments: ValidFiles.all)
  func validFileHasNoMistake(_ text: String) {
    let reading = PipelineFile.parse(Array(text.utf8), file: "p.yaml", sources: Surroundings.sources)
    #expect(reading.diagnostics.map(\.description) == [])
    #expect(reading.file != nil)
  }

  @Test(arguments: ValidFiles.all)
  func validFileFitsTheSchemaThatEditorsGet(_ text: String) throws {
    let schema = try JSONSchema(PipelineFile.jsonSchema)
    let tree = try #require(YAMLDocument.parse(text, file: "p.yaml").root)
    var mistakes = YAMLMistakes()
    // An empty section is written `key:`, which a schema sees as null and the host as absent.
    let violations = schema.violations(of: tree.json(&mistakes)).filter { !$0.message.hasSuffix("found nothing") }
    #expect(violations == [])
  }

  @Test func smallestFileHasTheDefaults() throws {
    let file = try read(ValidFiles.smallest)
    #expect(file.sourceID == SourceID(derivedFrom: "smallest"))
    #expect(file.source.streams.isEmpty && file.transforms.isEmpty && file.detectors.isEmpty)
    #expect(file.destination.metadataColumns.map(\.columnName) == ["_source_id", "_ingested_at"])
    #expect(file.destination.commit == CommitSection())
    #expect(file.destination.commit.every == .seconds(30) && file.destination.commit.fileSize == .mebibytes(128))
    #expect(file.schema.types == .freeze && file.schema.columns == .evolve)
    #expect(file.onError.max == .share(0.001) && file.onError.record == .deadLetter)
  }

  @Test func wholeFileHasWhatIsWritten() throws {
    let file = try read(ValidFiles.whole)
    #expect(file.name == "shop" && file.sourceID == SourceID(7))
    let orders = file.source.streams[1]
    #expect(orders.name.place == SourcePlace(file: "p.yaml", line: 10, column: 13))
    #expect(orders.key.map(\.value) == ["id"] && orders.allowsDuplicates)
    #expect(orders.partition.map(\.value.expression.transform) == [.day, .bucket(16), .identity])
    #expect(orders.partition.map(\.value.expression.column) == ["created_at", "id", "region"])
    #expect(file.transforms[1].takes("public.orders") && !file.transforms[1].takes("public.customers"))
    #expect(file.detectors[0].takes("anything"))
    #expect(file.policy.retry.dbQuery.maxRetries == 5)
    #expect(file.source.config["nested"]?["list"]?.items?.count == 4)
  }

  @Test func policiesAreReadWithTheirUnits() throws {
    let file = try read(ValidFiles.policies)
    #expect(file.policy.retry.apiCall.maxDelay == .milliseconds(250))
    #expect(file.policy.breaker.failureRateThreshold == 50)
    #expect(file.policy.deadlines.dbQuery == .seconds(300))
    #expect(file.destination.commit.every == .seconds(5400))
    #expect(file.destination.commit.fileSize == ByteCount(1_610_612_736))
    #expect(file.onError.max == .rows(10))
  }

  @Test func firstMatchingRuleIsTheStreams() throws {
    let file = try read(
      source: "{plugin: postgres, streams: [{name: public.orders, key: id}, {name: 'public.*', key: other}]}",
      destination: "{table: 'b.{stream.name}'}")
    #expect(file.source.rule(for: "public.orders")?.key.map(\.value) == ["id"])
    #expect(file.source.rule(for: "public.lines")?.key.map(\.value) == ["other"])
    #expect(file.source.rule(for: "private.lines") == nil)
    #expect(try read(ValidFiles.smallest).source.rule(for: "anything")?.name.value == .everything)
  }

  @Test(arguments: [
    (ReadMode?.none, WriteMode?.none, true, ReadMode.newFiles, WriteMode.append),
    (nil, nil, false, .full, .replace),
    (nil, .replace, true, .full, .replace),
    (nil, .append, true, .newFiles, .append),
    (.full, nil, true, .full, .replace),
    (.newFiles, nil, true, .newFiles, .append),
  ])
  func unstatedModeFitsTheStatedOne(
    _ read: ReadMode?, _ write: WriteMode?, _ isFile: Bool, _ expectedRead: ReadMode, _ expectedWrite: WriteMode
  ) {
    let place = SourcePlace(file: "p.yaml", line: 1, column: 1)
    var rule = StreamRule(Placed(.everything, at: place))
    rule.read = read.map { Placed($0, at: place) }
    let stated = write.map { Placed($0, at: place) }
    let (modes, diagnostics) = rule.modes(filesByDefault: isFile, destination: stated)
    #expect(modes == StreamRule.Modes(read: expectedRead, write: expectedWrite))
    #expect(diagnostics.isEmpty)
  }

  @Test func tableThatAppendsIsRefusedUnlessDuplicatesAreAllowed() {
    let place = SourcePlace(file: "p.yaml", line: 1, column: 1)
    var rule = StreamRule(Placed(.everything, at: place))
    rule.write = Placed(.append, at: place)
    #expect(rule.modes(filesByDefault: false, destination: nil).diagnostics.count == 1)
    rule.allowsDuplicates = true
    #expect(rule.modes(filesByDefault: false, destination: nil).diagnostics.isEmpty)
  }

  @Test func interpolatedValuesAreTypedAfterwards() throws {
    let file = try read(
      source: "\n  plugin: postgres\n  config: {port: \"${env:PORT}\", note: 'a $${x} $5 ${env:NOPE:-none}'}\n",
      more: "source_id: ${env:PORT}\non_error: {max: \"${env:PORT}\"}\n")
    #expect(file.sourceID == SourceID(5432))
    #expect(file.onError.max == .rows(5432))
    #expect(file.source.config["note"]?.scalar?.text == "a ${x} $5 none")
    #expect(file.source.config["note"]?.scalar?.isSecret == false)
  }

  @Test func resolvedValuesAreHiddenWhereTreesArePrinted() throws {
    let file = try read(
      source: "{plugin: postgres, config: {a: \"x ${env:PW}\", b: [\"${file:pw.txt}\"], c: \"${var:v}\", d: plain}}",
      more: "vars: {v: \"${env:PW}\"}\n")
    #expect(file.source.config["b"]?.items?.first?.scalar?.text == Surroundings.secret)
    #expect(file.source.config.redacted.text() == #"{"a":"***","b":["***"],"c":"***","d":"plain"}"#)
  }

  @Test func emptyVariableCountsAsUnsetOnlyWhereThereIsADefault() throws {
    let file = try read(source: "{plugin: file, config: {a: \"${env:EMPTY}\", b: \"${env:EMPTY:-x}\"}}")
    #expect(file.source.config["a"]?.scalar?.value == .string(""))
    #expect(file.source.config["b"]?.scalar?.text == "x")
  }

  @Test func variablesAreOverriddenFromTheCommandLine() throws {
    let text = """
      version: 1
      pipeline: p
      vars: {schema: public}
      source: {plugin: postgres, streams: ["${var:schema}.orders"], config: {n: "${var:count}"}}
      destination: {table: a.b}
      """
    let file = try read(text, set: ["vars.schema=private", "vars.count=1=2"])
    #expect(file.source.streams[0].name.value.text == "private.orders")
    #expect(file.source.config["n"]?.scalar?.text == "1=2")
  }

  @Test func keysAreNotInterpolated() throws {
    let file = try read(source: "{plugin: file, config: {\"${env:NOPE}\": 1}}")
    #expect(file.source.config.entries?.first?.key == "${env:NOPE}")
  }

  @Test func environmentOfAPlatformFileLiesOverItsTop() throws {
    let text = """
      version: 1
      home: ./here
      lanes: {count: 8, max_lost: 2}
      policy: {breaker: {timeout: 10s, window_calls: 100}}
      environments:
        prod: {home: "${env:HOST}", lanes: {count: 16}, policy: {breaker: {failure_window: 30s}}}
      """
    let (parsed, diagnostics) = PlatformFile.parse(
      Array(text.utf8), file: "f.yaml", sources: Surroundings.sources)
    #expect(diagnostics.isEmpty)
    let file = try #require(parsed)
    let settings = try file.settings(environment: "prod")
    #expect(settings.home?.value == "db" && settings.lanes.count == 16 && settings.lanes.maxLost == 2)
    #expect(settings.policy.breaker.timeout == .seconds(10))
    #expect(settings.policy.breaker.failureWindow == .seconds(30) && settings.policy.breaker.windowCalls == nil)
    #expect(try file.settings(environment: nil).home?.value == "./here")
    #expect(throws: Failure.self) { try file.settings(environment: "pord") }
    do { _ = try file.settings(environment: "pord") } catch { #expect(error.advice == "did you mean 'prod'?") }
  }
}
