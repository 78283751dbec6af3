import HostFormats
import HostLake
import HostModel
import HostPluginCalls

/// Where a stream's rows go: its table as it is now, the columns of its files, and how far earlier runs came.
struct StreamTarget {
  var table: LakeTable
  /// The files' columns with the table's field ids.
  var columns: Schema
  /// What the table says about the stream.
  var positions: StreamPositions
  var memory: StreamMemory
  /// What becomes of rows that the table cannot take as they are.
  var contract = RowContract()
  var raw = RawTarget()
}

/// Where a stream's rows go while a level forbids to transform them.
struct RawTarget: Sendable {
  /// What is there already.
  var spans = RawSpans()
  /// Nil: rows wait in their source.
  var table: RawTable?
  /// Why rows have to wait, where that is not for the transforms to say.
  var obstacle: String?

  init() {}

  init(_ plan: StreamPlan, _ lake: Lake) throws(Failure) {
    let known = try lake.load(RawTable.name(of: plan.table))
    spans = known.map { RawSpans($0.metadata, plan.id) } ?? RawSpans()
    guard !plan.transforms.isEmpty else { return }
    guard plan.write == .append, !plan.isReadAnew else {
      obstacle = "the table is replaced as a whole, or the stream cannot go on from a position"
      return
    }
    do throws(Failure) {
      let table = try RawTable(plan)
      if let known { try table.check(known) }
      self.table = table
    } catch { obstacle = error.message }
  }
}

/// What a stream keeps beside its positions: what detectors have learnt, and the rows of a run that was interrupted.
struct StreamMemory: Equatable {
  var rows = 0
  /// By the detector's place in the pipeline and its plugin's name: another plugin there begins anew.
  var detectors: [String: [UInt8]] = [:]

  static func property(_ stream: StreamID, staged: Bool) -> String {
    "headrace.\(staged ? "staged-state" : "state").\(stream.pipeline).\(stream.stream)"
  }

  init() {}

  init(_ metadata: TableMetadata, _ stream: StreamID, staged: Bool) throws(Failure) {
    let property = Self.property(stream, staged: staged)
    guard let text = metadata.properties[property] else { return }
    guard let read = Self(text: text) else {
      throw Failure(
        .environment, "the table property \(property) is damaged",
        advice: "forget the position with 'headrace state reset'")
    }
    self = read
  }

  init?(text: String) {
    guard let json = try? JSONValue.parse(text), let rows = json["rows"]?.stringValue.flatMap(Int.init),
      let states = json["detectors"]?.objectValue
    else { return nil }
    self.rows = rows
    for (name, state) in states {
      // A detector whose state cannot be read must not begin anew without a word.
      guard let bytes = state.stringValue.flatMap(Base64.decode) else { return nil }
      detectors[name] = bytes
    }
  }

  /// Nil if there is nothing to keep.
  var text: String? {
    guard rows > 0 || !detectors.isEmpty else { return nil }
    let states = detectors.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string(Base64.encode($0.value))) }
    return JSONValue.object(["version": 1, "rows": .string(String(rows)), "detectors": .object(JSONObject(states))])
      .text()
  }
}

/// The pseudo split under which a run of a stream is counted: it is complete once the run has come to the stream's end.
/// It tells an interrupted run from a finished one, and makes the ordinals of two loads of the same table differ.
///
/// Its ordinal is twice the number of the run, and one more once the run is finished. The end of a run may move no other
/// ordinal; of two runs that go on from the same place, the second must be fenced all the same, or it would publish a
/// staging branch that is gone.
enum RunMark {
  static let split = "@run"

  static func number(_ positions: StreamPositions) -> UInt64 { (positions.splits[split]?.ordinal ?? 0) / 2 }

  static func isFinished(_ positions: StreamPositions) -> Bool { positions.splits[split]?.isComplete ?? true }

  static func position(number: UInt64, isFinished: Bool) -> HostLake.SplitPosition {
    HostLake.SplitPosition(bytes: [], ordinal: number &* 2 &+ (isFinished ? 1 : 0), isComplete: isFinished)
  }
}

/// Makes or adapts the tables of streams, by the pipeline's schema contract.
struct TablePreparation {
  let lake: Lake
  let contract: SchemaContract
  let metadata: [DestinationSection.MetadataColumn]

  /// The stream's columns on their way into the table: what is stored of them, and what the contract does to rows.
  private struct Fitting {
    var stored: Schema
    var contract = RowContract()
  }

  func prepare(_ plan: StreamPlan) throws(Failure) -> StreamTarget {
    var fitting = Fitting(stored: plan.stored(metadata))
    let table = try existingOrNew(plan, &fitting)
    guard let columns = fitting.stored.withIDs(of: table.metadata.schema) else {
      throw Failure(
        .run, "\(plan.table): its columns do not fit those of the stream '\(plan.id.stream)'",
        advice: "cast or rename the column in a transform, or write to another table", status: .conflict)
    }
    let positions = try table.positions(of: plan.id)
    let isStaged = plan.write == .replace && !RunMark.isFinished(positions)
    return StreamTarget(
      table: table, columns: columns, positions: positions,
      memory: try StreamMemory(table.metadata, plan.id, staged: isStaged), contract: fitting.contract,
      raw: try RawTarget(plan, lake))
  }

  private func existingOrNew(_ plan: StreamPlan, _ fitting: inout Fitting) throws(Failure) -> LakeTable {
    if let table = try lake.load(plan.table) { return try adapt(table, plan, &fitting) }
    guard contract.tables == .evolve else {
      throw Failure(
        .run, "there is no table \(plan.table), and 'schema: {tables: \(contract.tables.rawValue)}' makes none",
        advice: "make the table, or use 'tables: evolve'", status: .notFound)
    }
    do throws(Failure) {
      return try lake.create(
        plan.table, schema: IcebergSchema(fitting.stored), TableDefinition(partition: plan.partition))
    } catch {
      // Another run of the pipeline may have made it at this moment.
      guard error.status == .conflict, let table = try lake.load(plan.table) else { throw error }
      return try adapt(table, plan, &fitting)
    }
  }

  private func adapt(_ table: LakeTable, _ plan: StreamPlan, _ fitting: inout Fitting) throws(Failure) -> LakeTable {
    try checkPartition(table, plan)
    var changesTable = false
    for difference in table.metadata.schema.differences(from: IcebergSchema(fitting.stored)) {
      let follows = try judge(difference, plan, table.metadata.schema, &fitting)
      changesTable = changesTable || follows
    }
    guard changesTable else { return table }
    let commit = TableCommit(plan.table, .none, schema: try evolved(table, plan, fitting.stored))
    guard case .committed(let tables) = try lake.commit([commit]), let changed = tables.first else { return table }
    return changed.table
  }

  /// The table's schema with what the contract let through: known columns keep their ids, wherever new ones stand.
  private func evolved(
    _ table: LakeTable, _ plan: StreamPlan, _ stored: Schema
  ) throws(Failure) -> IcebergSchema {
    let known = table.metadata.schema
    do throws(IcebergError) {
      return try known.applying(
        known.differences(from: IcebergSchema(stored)), lastColumnID: table.metadata.lastColumnID
      ).schema
    } catch {
      throw Failure(.run, "\(plan.table): \(error.message)", advice: error.advice, status: .conflict)
    }
  }

  /// - Returns: whether the table has to follow.
  private func judge(
    _ difference: SchemaDifference, _ plan: StreamPlan, _ table: IcebergSchema, _ fitting: inout Fitting
  ) throws(Failure) -> Bool {
    switch difference.kind {
    case .narrower: return false
    case .added:
      if contract.columns == .evolve { return true }
      guard contract.columns != .freeze, let position = fitting.stored.index(of: difference.path) else {
        // Only whole columns can be left out; a member of a nested column needs the table to follow.
        throw refused(difference, plan, "columns: \(contract.columns.rawValue)")
      }
      leaveOut(position, contract.columns, "which the table does not have", &fitting)
      return false
    case .madeOptional:
      if contract.columns != .evolve { throw refused(difference, plan, "columns: \(contract.columns.rawValue)") }
      return true
    case .promoted where contract.types == .evolve: return true
    case .promoted, .incompatible:
      try judgeType(difference, plan, table, &fitting)
      return false
    }
  }

  /// A column of another type under a contract that looks at each value; see docs/types.md.
  private func judgeType(
    _ difference: SchemaDifference, _ plan: StreamPlan, _ table: IcebergSchema, _ fitting: inout Fitting
  ) throws(Failure) {
    let rule = contract.types
    guard rule == .discardRow || rule == .discardValue, let position = fitting.stored.index(of: difference.path),
      let known = table.field(named: difference.path)
    else { throw refused(difference, plan, "types: \(rule.rawValue)") }
    let field = fitting.stored.fields[position]
    let reason = "which is no \(known.type) as the table has it"
    guard let cast = ExactCast(from: field.type, to: known.type.batchType) else {
      guard !known.required else { throw refused(difference, plan, "types: \(rule.rawValue)") }
      return leaveOut(position, rule, reason, &fitting)
    }
    fitting.stored.fields[position].type = known.type.batchType
    fitting.contract.exceptions.append(
      RowContract.Exception(
        // A required column has no place for a null.
        column: field.name, cast: cast, refusesRecords: rule == .discardRow || known.required, reason: reason))
  }

  /// The column is not stored: a value in it is dropped, or makes its record a dead letter.
  private func leaveOut(
    _ position: Int, _ rule: SchemaContract.Rule, _ reason: String, _ fitting: inout Fitting
  ) {
    let field = fitting.stored.fields.remove(at: position)
    guard rule == .discardRow else { return }
    fitting.contract.exceptions.append(
      RowContract.Exception(column: field.name, cast: nil, refusesRecords: true, reason: reason))
  }

  private func refused(_ difference: SchemaDifference, _ plan: StreamPlan, _ rule: String) -> Failure {
    Failure(
      .run, "\(plan.table): \(difference), which 'schema: {\(rule)}' does not allow",
      advice: "change the rule, or cast or drop the column in a transform", status: .conflict)
  }

  private func checkPartition(_ table: LakeTable, _ plan: StreamPlan) throws(Failure) {
    guard !plan.partition.isEmpty else { return }
    let wanted: PartitionSpec
    do throws(IcebergError) {
      wanted = try PartitionSpec(plan.partition, schema: table.metadata.schema)
    } catch {
      throw Failure(.run, "\(plan.table): \(error.message)", advice: error.advice, status: .conflict)
    }
    guard !table.metadata.spec.isEquivalent(to: wanted) else { return }
    throw Failure(
      .run, "\(plan.table) is partitioned otherwise than the stream '\(plan.id.stream)' asks for",
      advice: "leave 'partition' out, or write to another table", status: .conflict)
  }

  /// The sibling table, made if it is not there.
  func sibling(_ kind: SiblingTable, of table: TableName) throws(Failure) -> LakeTable {
    let name = kind.name(of: table)
    if let known = try lake.load(name) { return known }
    do throws(Failure) { return try lake.create(name, schema: IcebergSchema(kind.schema)) } catch {
      guard error.status == .conflict, let known = try lake.load(name) else { throw error }
      return known
    }
  }
}
