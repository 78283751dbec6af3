import Foundation
import HostFormats
import HostModel
import HostPolicy
import HostPolicyFile
import Testing

@Suite struct TraceReplayTests {
  private func parse(_ text: String) throws -> TraceFile {
    let read = TraceFile.parse(Array(text.utf8), file: "trace.yaml")
    let mistakes = read.diagnostics.map(\.description)
    return try #require(read.file, "\(mistakes)")
  }

  private func differences(_ text: String) throws -> [String] {
    let file = try parse(text)
    return TraceReplay.run(file).differences(from: file, end: SourcePlace(file: "trace.yaml", line: 0, column: 0))
      .map(\.description)
  }

  private static let examples: [String] = {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/../../examples/policies"
    return (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted().map { folder + "/" + $0 } ?? []
  }()

  @Test func thereAreExamples() { #expect(Self.examples.count >= 8) }

  @Test(arguments: examples)
  func everyExampleHolds(_ path: String) throws {
    let found = try differences(try String(contentsOfFile: path, encoding: .utf8))
    #expect(found == [], "\(found.joined(separator: "\n"))")
  }

  @Test func oneSeedGivesOneTimeline() throws {
    let text = """
      version: 1
      seed: 7
      watch: [retry]
      trace: [{at: 0s, calls: {to: a, results: F, count: 30, every: 1m}}]
      """
    let (first, second) = (TraceReplay.run(try parse(text)), TraceReplay.run(try parse(text)))
    #expect(first.timeline == second.timeline && first.timeline.count > 10)
    let other = TraceReplay.run(try parse(text.replacingOccurrences(of: "seed: 7", with: "seed: 8")))
    #expect(other.timeline != first.timeline, "the jitter of another seed")
  }

  @Test func aTimelineThatDiffersIsToldWhereItWasExpected() throws {
    let text = """
      version: 1
      policy: {retry: {api_call: {max_retries: 1}}}
      trace: [{at: 0s, calls: {to: a, results: FFFFF, every: 1s}}]
      expect:
        - {at: 3s, breaker: a, to: open}
        - {at: 9s, level: level_1}
      outcomes: {a: FFFFS}
      """
    let found = try differences(text)
    #expect(
      found == [
        "trace.yaml:5:5: the timeline has {at: 4s, breaker: a, from: closed, to: open, cause: failure_threshold} here",
        "trace.yaml:6:5: the timeline ends before this event", "trace.yaml:7:15: the calls of 'a' ended as FFFFF",
      ])
  }

  @Test func anEventThatNobodyExpectsIsTold() throws {
    let found = try differences(
      "version: 1\npolicy: {retry: {api_call: {max_retries: 1}}}\ntrace: [{at: 0s, calls: {to: a, results: FFFFF}}]\nuntil: 9s\n"
    )
    #expect(found.count == 1 && found[0].contains("goes on with {at: 4s, breaker: a"), "\(found)")
  }

  @Test func everyMistakeIsTold() {
    let text = """
      version: 1
      trace:
        - {at: 5s, calls: {to: a, results: FX}}
        - {at: 1s, pin: level_9}
        - {at: 6s}
        - {at: 7s, restart: 1s, pin: release}
      expect: [{at: 1s}]
      outcomes: {a: Q}
      """
    let read = TraceFile.parse(Array(text.utf8), file: "t.yaml")
    let messages = read.diagnostics.map(\.description)
    #expect(read.file == nil)
    for part in [
      "t.yaml:3:38: expected letters S and F such as FFSS", "t.yaml:4:5: this step is earlier", "t.yaml:4:19: expected",
      "t.yaml:5:", "t.yaml:6:", "t.yaml:7:", "t.yaml:8:15: the outcomes of 'a'",
    ] {
      #expect(messages.contains { $0.hasPrefix(part) }, "\(part): \(messages)")
    }
  }

  @Test func aThousandCallsTakeTheirTurnAtTheBulkhead() throws {
    let text = """
      version: 1
      policy: {bulkhead: {max_in_flight: 3, max_wait: 1h}}
      trace: [{at: 0s, calls: {to: a, results: S, count: 1000, every: 0s, takes: 1s}}]
      until: 400s
      """
    let result = TraceReplay.run(try parse(text))
    #expect(result.outcomes["a"] == String(repeating: "S", count: 1000))
  }
}
