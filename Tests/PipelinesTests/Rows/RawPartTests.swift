import HostFormats
import HostModel
import Testing

@testable import HostLake
@testable import HostPipelines

/// What becomes of the raw table when a stream is committed, as plain values.
@Suite struct RawPartTests {
  private static let stream = StreamID(pipeline: "p", stream: "s")

  private func file(_ split: String, _ first: UInt64) -> RawFile {
    RawFile(
      file: NewFile(DataFile(path: "\(split)-\(first)", recordCount: 5, sizeInBytes: 1)), split: split, first: first)
  }

  private func span(_ split: String, _ after: UInt64, _ through: UInt64) -> RawSpan {
    RawSpan(split: split, run: 1, identity: "i", after: after, through: through)
  }

  private func spans(_ spans: RawSpan...) -> RawSpans {
    var result = RawSpans()
    for span in spans { result.splits[span.split] = span }
    return result
  }

  private func positions(_ ordinals: [String: UInt64], complete: Set<String> = []) -> StreamPositions {
    StreamPositions(
      Dictionary(
        uniqueKeysWithValues: ordinals.map {
          ($0.key, SplitPosition(bytes: [], ordinal: $0.value, isComplete: complete.contains($0.key)))
        }))
  }

  /// What a change does, in words: which rows go, which files come, and where the splits stand.
  private func change(
    _ part: RawPart, after spans: RawSpans = RawSpans(), _ positions: StreamPositions, final: Bool = false
  ) -> String {
    guard let change = part.change(Self.stream, after: spans, positions: positions, final: final),
      case .exchange(let gone, let files) = change.action
    else { return "nothing" }
    let left = change.spans.splits.values.map { "\($0.split) \($0.after)-\($0.through)" }.sorted()
    return "without \(describe(gone)), with \(files.map(\.file.path)), left \(left)"
  }

  private func describe(_ predicate: LakePredicate) -> String {
    switch predicate {
    case .never: "nothing"
    case .or(.never, let b): describe(b)
    case .or(let a, let b): "\(describe(a)) and \(describe(b))"
    case .and(RawTable.rows(of: Self.stream), let b): describe(b)
    case RawTable.rows(of: Self.stream): "all"
    case .and(.compare(_, .equal, .string(let split)), .compare(_, .lessOrEqual, .integer(let ordinal))):
      "\(split) through \(ordinal)"
    case .compare(_, .equal, .string(let split)): split
    default: "\(predicate)"
    }
  }

  private func part(_ files: [RawFile], _ spans: RawSpan..., anew: [String] = []) -> RawPart {
    var part = RawPart()
    for split in anew { part.beginAnew(split) }
    for file in files { part.add(file) }
    for span in spans { part.reach(span) }
    return part
  }

  @Test func aStreamWithoutRawRowsChangesNothing() {
    #expect(change(RawPart(), positions(["a": 5])) == "nothing")
    #expect(change(RawPart(), positions(["a": 5]), final: true) == "nothing")
  }

  @Test func rawRowsComeBehindThoseThatAreThere() {
    let part = part([file("a", 11)], span("a", 10, 20))
    #expect(change(part, positions(["a": 10])) == #"without nothing, with ["a-11"], left ["a 10-20"]"#)
    #expect(change(part, positions([:])) == #"without nothing, with ["a-11"], left ["a 10-20"]"#)
    let longer = self.part([file("a", 21)], span("a", 10, 30))
    #expect(
      change(longer, after: spans(span("a", 10, 20)), positions(["a": 10]))
        == #"without nothing, with ["a-21"], left ["a 10-30"]"#)
  }

  /// Every bound at the ordinal before, at it, and after it.
  @Test(arguments: [
    (UInt64(10), "nothing"), (11, #"without a through 11, with [], left ["a 10-20"]"#),
    (19, #"without a through 19, with [], left ["a 10-20"]"#), (20, "without a, with [], left []"),
    (21, "without a, with [], left []"),
  ])
  func rowsThatWereTransformedGo(ordinal: UInt64, expected: String) {
    #expect(change(RawPart(), after: spans(span("a", 10, 20)), positions(["a": ordinal])) == expected)
  }

  @Test func aSplitThatIsCompleteHasNoRawRows() {
    let known = spans(span("a", 10, 20), span("b", 0, 5))
    #expect(
      change(RawPart(), after: known, positions(["a": 3, "b": 0], complete: ["a"]))
        == #"without a, with [], left ["b 0-5"]"#)
  }

  @Test func whatIsTransformedInTheSameCommitIsNeverRaw() {
    let part = part([file("a", 11), file("a", 21), file("b", 1)], span("a", 10, 30), span("b", 0, 9))
    #expect(
      change(part, positions(["a": 12, "b": 0]))
        == #"without a through 12, with ["a-21", "b-1"], left ["a 10-30", "b 0-9"]"#)
    #expect(
      change(part, positions(["a": 30, "b": 0])) == #"without a, with ["b-1"], left ["b 0-9"]"#)
  }

  @Test func aSplitThatIsBegunAnewLosesWhatItHad() {
    var part = part([file("a", 1), file("b", 1)], span("a", 0, 10), span("b", 0, 4))
    part.add(self.part([file("a", 5)], span("a", 4, 10), anew: ["a"]))
    #expect(
      change(part, after: spans(span("a", 0, 7)), positions(["a": 4, "b": 0]))
        == #"without a, with ["b-1", "a-5"], left ["a 4-10", "b 0-4"]"#)
    #expect(part.rowCount == 10)
    // Begun, and nothing written yet: the old rows go all the same.
    #expect(
      change(self.part([], anew: ["a"]), after: spans(span("a", 0, 7)), positions(["a": 4]))
        == "without a, with [], left []")
  }

  @Test func theEndOfAStreamLeavesNothingRaw() {
    let part = part([file("a", 11)], span("a", 10, 20))
    #expect(change(part, after: spans(span("b", 0, 5)), positions([:]), final: true) == "without all, with [], left []")
  }

  @Test func spansAreKeptAsText() throws {
    let known = spans(span("a", 0, 7), span("\"odd\" split", 3, .max))
    var metadata = try RowSamples.table(Schema([Field("id", .integer(bits: 64))]))
    metadata.properties[RawSpans.property(Self.stream)] = known.text
    #expect(RawSpans(metadata, Self.stream) == known)
    #expect(RawSpans().text == nil)
    for damaged in ["", "{", "[]", #"{"splits": 3}"#] {
      metadata.properties[RawSpans.property(Self.stream)] = damaged
      let read = RawSpans(metadata, Self.stream)
      #expect(read.isEmpty && read.isDamaged)
      // Nobody knows what is there, so that nothing of it stays; what is written meanwhile does.
      let part = part([file("a", 1)], span("a", 0, 10), anew: ["a"])
      let expected = #"without always and a, with ["a-1"], left ["a 0-10"]"#
      #expect(change(part, after: read, positions(["a": 0])) == expected)
      #expect(change(RawPart(), after: read, positions([:])) == "without always, with [], left []")
    }
  }
}
