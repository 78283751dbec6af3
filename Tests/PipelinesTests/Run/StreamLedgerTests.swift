import HostFormats
import HostModel
import Testing

@testable import HostLake
@testable import HostPipelines
@testable import HostPluginCalls

/// What the coordinator asks of the lake, as plain values.
@Suite struct StreamLedgerTests {
  private static let stream = StreamID(pipeline: "p", stream: "s")
  private static let table = TableName(namespace: "n", name: "t")
  private static let schema = Schema([Field("id", .integer(bits: 64))])
  private static let siblings: Set<TableName> = [
    TableName(namespace: "n", name: "t__dead_letters"), TableName(namespace: "n", name: "t__findings"),
  ]

  private func ledger(
    _ write: WriteMode, read: ReadMode = .full, unstable: Bool = false, run: UInt64 = 1,
    committed: StreamPositions = StreamPositions(), memory: StreamMemory = StreamMemory()
  ) throws -> StreamLedger {
    let discovered = DiscoveredStream(
      name: "s", schema: Self.schema, key: [], cursors: [], estimatedRows: nil, estimatedBytes: nil, notes: [],
      isMadeOfFiles: false, isUnstable: unstable)
    let place = SourcePlace(file: "t.yaml", line: 1, column: 1)
    let plan = StreamPlan(
      id: Self.stream, discovered: discovered, table: Self.table, read: read, write: write, partition: [],
      transforms: [], detectors: [], schemas: [Self.schema],
      rule: StreamRule(Placed(StreamPattern("s"), at: place)))
    let table = LakeTable(name: Self.table, metadataLocation: "m", metadata: try RowSamples.table(Self.schema))
    let target = StreamTarget(table: table, columns: Self.schema, positions: committed, memory: memory)
    return StreamLedger(
      plan: plan, target: target, committed: committed, waiting: CutPart(stream: 0), runNumber: run, hasWork: true)
  }

  private func file(_ name: String) -> NewFile {
    NewFile(DataFile(path: name, recordCount: 1, sizeInBytes: 1))
  }

  private func part(
    _ split: String, _ ordinal: UInt64, complete: Bool = false, rows: [String] = [], letters: [String] = [],
    detectors: [String: [UInt8]]? = nil, isEnd: Bool = false
  ) -> CutPart {
    var part = CutPart(stream: 0)
    part.rows = rows.map(file)
    part.letters = letters.map(file)
    part.rowCount = rows.count
    part.sourceRows = rows.count + letters.count
    part.deadCount = letters.count
    part.positions[split] = HostPluginCalls.SplitPosition(
      split: split, identity: "i", position: [UInt8(ordinal)], ordinal: ordinal, isComplete: complete)
    part.detectors = detectors
    part.isEnd = isEnd
    return part
  }

  private func describe(_ action: TableCommit.Action) -> String {
    func names(_ files: [NewFile]) -> String { files.map(\.file.path).joined(separator: ",") }
    return switch action {
    case .none: "none"
    case .append(let files): "append " + names(files)
    case .exchange(_, let files): "exchange " + names(files)
    case .replace(let files): "replace " + names(files)
    case .stage(let files): "stage " + names(files)
    case .publish(let files): "publish " + names(files)
    case .discard: "discard"
    }
  }

  private func describe(_ ledger: StreamLedger, final: Bool, siblings: Set<TableName> = siblings) -> [String] {
    ledger.commits(final: final, siblings: siblings).commits.map { "\($0.table.name): \(describe($0.action))" }
  }

  /// As the coordinator does when the lake has taken the commits.
  private func commit(_ ledger: inout StreamLedger, final: Bool) -> StreamPositions {
    let positions = ledger.commits(final: final, siblings: []).positions
    ledger.didCommit(CommittedTable(table: ledger.target.table, snapshotID: nil), positions, final: final)
    return positions
  }

  @Test func appendedRowsAreVisibleAtEveryCommit() throws {
    var ledger = try ledger(.append)
    #expect(!ledger.isDue)
    ledger.add(part("a", 1, rows: ["1"], letters: ["l"]))
    ledger.add(part("b", 4, complete: true, rows: ["2"]))
    #expect(ledger.isDue)
    #expect(describe(ledger, final: false) == ["t: append 1,2", "t__dead_letters: append l"])
    let (commits, positions) = ledger.commits(final: false, siblings: Self.siblings)
    #expect(commits[0].expectedOrdinals == [:])
    #expect(commits[0].stream == Self.stream && commits[1].stream == Self.stream)
    #expect(commits[1].expectedOrdinals == nil && commits[1].positions == nil)
    #expect(positions.splits["a"] == HostLake.SplitPosition(bytes: [1], ordinal: 1, identity: "i", isComplete: false))
    #expect(positions.splits["b"]?.isComplete == true)
    #expect(!RunMark.isFinished(positions) && RunMark.number(positions) == 1)
  }

  @Test func theNextCommitExpectsWhatTheLastOneLeft() throws {
    var ledger = try ledger(.append)
    ledger.add(part("a", 1, rows: ["1"]))
    let first = commit(&ledger, final: false)
    #expect(!ledger.isDue && ledger.rowsCommitted == 1)
    ledger.add(part("a", 2, rows: ["2"]))
    let (commits, second) = ledger.commits(final: false, siblings: [])
    #expect(commits[0].expectedOrdinals == first.ordinals)
    #expect(describe(ledger, final: false) == ["t: append 2"])
    #expect(second.splits["a"]?.ordinal == 2)
  }

  @Test func theEndWithoutRowsIsStillCommitted() throws {
    var ledger = try ledger(.append)
    ledger.waiting.isEnd = true
    #expect(ledger.isDue)
    #expect(describe(ledger, final: true) == ["t: none"])
    #expect(RunMark.isFinished(commit(&ledger, final: true)))
    #expect(ledger.isFinished && !ledger.isDue)
  }

  /// Of two runs that go on from the same place, the one that ends second has to see that it is too late.
  @Test func theEndOfARunMovesTheOrdinalsEvenIfNoSplitDoes() throws {
    let before = StreamPositions([
      "a": HostLake.SplitPosition(bytes: [1], ordinal: 1, isComplete: true),
      RunMark.split: RunMark.position(number: 3, isFinished: false),
    ])
    let ledger = try ledger(.replace, run: 3, committed: before)
    let (commits, after) = ledger.commits(final: true, siblings: [])
    #expect(commits[0].expectedOrdinals == before.ordinals)
    #expect(after.ordinals != before.ordinals)
  }

  @Test func replacedRowsAreStagedUntilTheEnd() throws {
    var ledger = try ledger(.replace)
    ledger.add(part("a", 1, rows: ["1"], letters: ["l"]))
    #expect(describe(ledger, final: false) == ["t: stage 1", "t__dead_letters: stage l"])
    _ = commit(&ledger, final: false)
    ledger.add(part("a", 2, complete: true, rows: ["2"]))
    // What the siblings have staged is published too, and a sibling without new rows is emptied.
    #expect(describe(ledger, final: true) == ["t: publish 2", "t__dead_letters: publish ", "t__findings: publish "])
    #expect(describe(ledger, final: true, siblings: []) == ["t: publish 2"])
  }

  @Test func replacingByNothingEmptiesTheTable() throws {
    var ledger = try ledger(.replace)
    ledger.waiting.isEnd = true
    #expect(describe(ledger, final: true, siblings: []) == ["t: publish "])
  }

  @Test func aStreamThatCannotBeResumedIsCommittedOnceAtItsEnd() throws {
    var ledger = try ledger(.replace, unstable: true)
    ledger.add(part("a", 1, rows: ["1"]))
    #expect(!ledger.isDue)
    ledger.add(part("a", 2, complete: true, rows: ["2"], isEnd: true))
    #expect(ledger.isDue)
    #expect(describe(ledger, final: true) == ["t: replace 1,2", "t__dead_letters: replace ", "t__findings: replace "])
    var appending = try self.ledger(.append, unstable: true)
    appending.add(part("a", 1, rows: ["1"]))
    #expect(!appending.isDue)
  }

  @Test func aNewFullLoadForgetsTheSplitsOfTheLastOne() throws {
    let before = StreamPositions([
      "old": HostLake.SplitPosition(bytes: [], ordinal: 9, isComplete: true),
      RunMark.split: RunMark.position(number: 1, isFinished: true),
    ])
    var ledger = try ledger(.append, run: 2, committed: before)
    ledger.add(part("new", 1, rows: ["1"]))
    let (commits, positions) = ledger.commits(final: false, siblings: [])
    #expect(commits[0].expectedOrdinals == before.ordinals)
    #expect(Set(positions.splits.keys) == ["new", RunMark.split])
  }

  @Test func newFilesKeepThoseThatWereRead() throws {
    let before = StreamPositions([
      "old": HostLake.SplitPosition(bytes: [], ordinal: 9, isComplete: true),
      RunMark.split: RunMark.position(number: 1, isFinished: true),
    ])
    var ledger = try ledger(.append, read: .newFiles, run: 2, committed: before)
    ledger.add(part("new", 1, rows: ["1"]))
    #expect(Set(commit(&ledger, final: true).splits.keys) == ["old", "new", RunMark.split])
  }

  @Test func aResumedLoadKeepsItsSplitsAndItsNumber() throws {
    let before = StreamPositions([
      "a": HostLake.SplitPosition(bytes: [1], ordinal: 1),
      RunMark.split: RunMark.position(number: 4, isFinished: false),
    ])
    var ledger = try ledger(.replace, run: 4, committed: before)
    ledger.add(part("b", 1, rows: ["1"]))
    let positions = commit(&ledger, final: false)
    #expect(Set(positions.splits.keys) == ["a", "b", RunMark.split])
    #expect(RunMark.number(positions) == 4)
  }

  @Test func whatDetectorsLearnIsStagedWithTheRows() throws {
    var old = StreamMemory()
    old.rows = 10
    old.detectors = ["0:d": [1]]
    var ledger = try ledger(.replace, memory: old)
    let settled = StreamMemory.property(Self.stream, staged: false)
    let staged = StreamMemory.property(Self.stream, staged: true)
    ledger.add(part("a", 1, rows: ["1", "2"], detectors: ["0:d": [2]]))
    var first = ledger.commits(final: false, siblings: []).commits[0].properties
    #expect(Set(first.keys) == [staged])
    var learnt = StreamMemory()
    learnt.rows = 12
    learnt.detectors = ["0:d": [2]]
    #expect(first[staged] == .some(learnt.text))
    _ = commit(&ledger, final: false)
    first = ledger.commits(final: true, siblings: []).commits[0].properties
    learnt.rows = 0
    #expect(first[settled] == .some(learnt.text))
    #expect(first[staged] == .some(nil))
  }

  @Test func memoryOfAnAppendingStreamIsSettledAtOnce() throws {
    var ledger = try ledger(.append)
    ledger.add(part("a", 1, rows: ["1"], letters: ["l"]))
    let properties = ledger.commits(final: false, siblings: []).commits[0].properties
    var memory = StreamMemory()
    // Rows that became dead letters were read as well.
    memory.rows = 2
    #expect(properties == [StreamMemory.property(Self.stream, staged: false): memory.text])
  }

  @Test func laterCutsWinForPositionsAndMemory() throws {
    var ledger = try ledger(.append)
    ledger.add(part("a", 1, detectors: ["0:d": [1]]))
    ledger.add(part("a", 2, detectors: ["0:d": [2]]))
    ledger.add(part("b", 1))
    #expect(ledger.waiting.positions["a"]?.ordinal == 2)
    #expect(ledger.waiting.detectors == ["0:d": [2]])
  }
}
