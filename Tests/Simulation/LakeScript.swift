import HostFormats
@testable import HostLake
import HostModel

/// A sequence of commits as pipelines make them, and what each does to what readers see.
///
/// Progress is kept as pipelines keep it, in the positions of the tables alone: a step is done if its table has reached
/// the step's ordinal, and a process that begins anew goes on with the first that is not.
struct LakeScript {
  typealias Rows = [TableName: [Int64]]

  struct Step {
    var table: TableName
    /// The ordinal of the table's stream afterwards.
    var ordinal: UInt64
    var commit: @Sendable (LakeProcess, _ next: StreamPositions, _ seen: StreamPositions) throws -> [TableCommit]
    /// What readers see afterwards.
    var effect: @Sendable (inout Rows) -> Void
  }

  struct Fenced: Error {}

  static let orders = TableName(namespace: "bronze", name: "orders")
  static let letters = TableName(namespace: "bronze", name: "orders__dead_letters")
  static let accounts = TableName(namespace: "bronze.crm", name: "accounts")
  static let byRegion = [PartitionExpression(transform: .identity, column: "region")]

  static func stream(_ table: TableName) -> StreamID { StreamID(pipeline: "p", stream: table.name) }

  let steps: [Step] = [
    create(orders, byRegion),
    append(orders, 1, 0..<4),
    appendWithLetters(2, 4..<6, letters: 900..<902),
    create(accounts, []),
    replace(accounts, 1, 1..<4),
    stage(2, 10..<12),
    stage(3, 12..<14),
    append(orders, 3, 6..<9),
    publish(4, 14..<15, visible: 10..<15),
    stage(5, 20..<22),
    discard(6),
    replace(orders, 4, 50..<53),
  ]

  /// How many steps the tables say are done.
  ///
  /// - Throws: if they are not the first ones.
  func done(_ process: LakeProcess) throws -> Int {
    var done: [Bool] = []
    for step in steps {
      let table = try process.lake.load(step.table)
      let ordinal = try table?.positions(of: Self.stream(step.table)).splits["s"]?.ordinal ?? 0
      done.append(table != nil && ordinal >= step.ordinal)
    }
    let count = done.prefix { $0 }.count
    guard !done.dropFirst(count).contains(true) else {
      throw LakeProcess.Inconsistency("steps are done without those before them: \(done)")
    }
    return count
  }

  /// Does what is not done.
  ///
  /// - Parameter whenDone: is told after each step.
  func resume(_ process: LakeProcess, whenDone: () -> Void = {}) throws {
    for step in steps.dropFirst(try done(process)) {
      let seen = try process.lake.load(step.table)?.positions(of: Self.stream(step.table)) ?? StreamPositions()
      var next = seen
      if step.ordinal > 0 { next.splits["s"] = SplitPosition(bytes: [1], ordinal: step.ordinal) }
      let commits = try step.commit(process, next, seen)
      guard case .committed = try process.lake.commit(commits) else { throw Fenced() }
      whenDone()
    }
  }

  /// What readers see after so many steps.
  func rows(after count: Int) -> Rows {
    var rows: Rows = [:]
    for step in steps.prefix(count) { step.effect(&rows) }
    return rows
  }

  func rows(_ process: LakeProcess) throws -> Rows {
    var rows: Rows = [:]
    for table in [Self.orders, Self.letters, Self.accounts] { rows[table] = try process.rows(table) }
    return rows
  }
}

// MARK: The steps

extension LakeScript {
  /// Small limits, so that old metadata is removed and manifests are merged within a few commits.
  private static func definition(_ partition: [PartitionExpression]) -> TableDefinition {
    TableDefinition(
      partition: partition,
      properties: ["write.metadata.previous-versions-max": "2", "commit.manifest.min-count-to-merge": "2"])
  }

  private static func create(_ table: TableName, _ partition: [PartitionExpression]) -> Step {
    Step(table: table, ordinal: 0) { process, _, _ in
      [TableCommit(table, .none, schema: LakeProcess.schema, definition: definition(partition))]
    } effect: {
      $0[table] = []
    }
  }

  /// A step with new files on one table.
  private static func step(
    _ table: TableName, _ ordinal: UInt64, _ ids: Range<Int64>,
    _ action: @escaping @Sendable ([NewFile]) -> TableCommit.Action,
    effect: @escaping @Sendable (inout Rows) -> Void
  ) -> Step {
    Step(
      table: table, ordinal: ordinal,
      commit: { process, next, seen in
        let files = ids.isEmpty ? [] : try process.write(ids, for: try process.table(table, []))
        return [commit(table, action(files), next, seen)]
      }, effect: effect)
  }

  private static func commit(
    _ table: TableName, _ action: TableCommit.Action, _ next: StreamPositions, _ seen: StreamPositions
  ) -> TableCommit {
    TableCommit(
      table, action, schema: LakeProcess.schema, stream: stream(table), expectedOrdinals: seen.ordinals,
      positions: next)
  }

  private static func append(_ table: TableName, _ ordinal: UInt64, _ ids: Range<Int64>) -> Step {
    step(table, ordinal, ids, { .append($0) }, effect: { $0[table, default: []] += ids })
  }

  private static func replace(_ table: TableName, _ ordinal: UInt64, _ ids: Range<Int64>) -> Step {
    step(table, ordinal, ids, { .replace($0) }, effect: { $0[table] = Array(ids) })
  }

  private static func stage(_ ordinal: UInt64, _ ids: Range<Int64>) -> Step {
    step(accounts, ordinal, ids, { .stage($0) }, effect: { _ in })
  }

  private static func publish(_ ordinal: UInt64, _ ids: Range<Int64>, visible: Range<Int64>) -> Step {
    step(accounts, ordinal, ids, { .publish(adding: $0) }, effect: { $0[accounts] = Array(visible) })
  }

  private static func discard(_ ordinal: UInt64) -> Step {
    step(accounts, ordinal, 0..<0, { _ in .discard }, effect: { _ in })
  }

  /// Rows and dead letters in one transaction, which makes the letters' table the first time.
  private static func appendWithLetters(
    _ ordinal: UInt64, _ ids: Range<Int64>, letters dead: Range<Int64>
  ) -> Step {
    Step(table: orders, ordinal: ordinal) { process, next, seen in
      let files = try process.write(ids, for: try process.table(orders, byRegion))
      let refused = try process.write(dead, for: try process.table(letters, []))
      let second = TableCommit(letters, .append(refused), schema: LakeProcess.schema, definition: definition([]))
      return [commit(orders, .append(files), next, seen), second]
    } effect: {
      $0[orders, default: []] += ids
      $0[letters, default: []] += dead
    }
  }
}
