import HostFormats
import HostModel
import HostPipelines
import Testing

@Suite struct HostileFileTests {
  @Test(arguments: HostileFiles.pipelines)
  func wrongPipelineFileIsRefusedWithEveryMistake(_ hostile: HostileFile) {
    let reading = PipelineFile.parse(Array(hostile.text.utf8), file: "p.yaml", sources: Surroundings.sources)
    #expect(reading.file == nil)
    #expect(reading.diagnostics.map(\.description) == hostile.messages)
    #expect(!reading.diagnostics.contains { $0.description.contains(Surroundings.secret) })
  }

  @Test(arguments: HostileFiles.platform)
  func wrongPlatformFileIsRefusedWithEveryMistake(_ hostile: HostileFile) {
    let (file, diagnostics) = PlatformFile.parse(
      Array(hostile.text.utf8), file: "f.yaml", sources: Surroundings.sources)
    #expect(file == nil)
    #expect(diagnostics.map(\.description) == hostile.messages)
  }

  @Test func bytesThatAreNotUTF8AreRefusedWithTheirPlace() {
    let bytes = Array("version: 1\npipeline: é".utf8) + [0xE9, 0x0A]
    let reading = PipelineFile.parse(bytes, file: "p.yaml", sources: Surroundings.sources)
    #expect(reading.file == nil)
    #expect(
      reading.diagnostics.map(\.description) == ["p.yaml:2:12: this is not UTF-8 text, save the file as UTF-8"])
  }

  @Test func fileAboveTheLimitIsRefusedUnread() {
    let bytes = [UInt8](repeating: UInt8(ascii: "#"), count: (1 << 20) + 1)
    let reading = PipelineFile.parse(bytes, file: "p.yaml", sources: Surroundings.sources)
    #expect(
      reading.diagnostics.map(\.description) == ["p.yaml: the file has 1048577 bytes, the limit is 1048576"])
  }

  @Test func aThousandMistakesAreAHundredMessagesAndACount() {
    let text = "version: 1\n" + (0..<1000).map { "wrong\($0): 1\n" }.joined()
    let reading = PipelineFile.parse(Array(text.utf8), file: "p.yaml", sources: Surroundings.sources)
    #expect(reading.diagnostics.count == 101)
    #expect(reading.diagnostics.last?.description == "p.yaml: 903 more mistakes are not shown")
  }

  @Test func failureOfAReadingHasTheExitCodeOfInvalidInput() {
    let reading = PipelineFile.parse([], file: "p.yaml", sources: Surroundings.sources)
    #expect(throws: Failure.self) { try reading.get() }
    do { _ = try reading.get() } catch { #expect(error.kind == .invalidInput) }
  }

  @Test(arguments: [
    ("schema=x", "--set takes vars.NAME=VALUE, found 'schema'"),
    ("vars.schema", "--set takes vars.NAME=VALUE, found 'vars.schema'"),
    ("vars.=x", "--set takes vars.NAME=VALUE, found 'vars.'"),
    ("vars.a b=s3cret", "--set takes vars.NAME=VALUE, found 'vars.a b'"),
  ])
  func wrongSetArgumentIsRefused(_ argument: String, _ message: String) {
    guard case .failure(let failure) = VariableOverride.parse(argument) else {
      Issue.record("\(argument) was accepted")
      return
    }
    #expect(failure.message == message)
    #expect(failure.kind == .invalidInput)
  }

  @Test func overrideOfAnUnknownVariableIsRefused() throws {
    let text = "version: 1\npipeline: p\nvars: {schema: x}\nsource: {plugin: file}\ndestination: {table: a.b}\n"
    let override = try VariableOverride.parse("vars.scema=\(Surroundings.secret)").get()
    let reading = PipelineFile.parse(
      Array(text.utf8), file: "p.yaml", sources: Surroundings.sources, overrides: [override])
    #expect(
      reading.diagnostics.map(\.description) == [
        "--set vars.scema: the file has no variable 'scema', did you mean 'schema'?"
      ])
  }
}
