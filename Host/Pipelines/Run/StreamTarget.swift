import HostFormats
import HostLake
import HostModel
import HostPluginRuntime

/// Where a stream's rows go: its table as it is now, the columns of its files, and how far earlier runs came.
struct StreamTarget {
  var table: LakeTable
  /// The files' columns with the table's field ids.
  var columns: Schema
  /// What the table says about the stream.
  var positions: StreamPositions
  var memory: StreamMemory
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

  func prepare(_ plan: StreamPlan) throws(Failure) -> StreamTarget {
    var stored = plan.stored(metadata)
    let table = try existingOrNew(plan, &stored)
    guard let columns = stored.withIDs(of: table.metadata.schema) else {
      throw Failure(
        .run, "\(plan.table): its columns do not fit those of the stream '\(plan.id.stream)'",
        advice: "cast or rename the column in a transform, or write to another table", status: .conflict)
    }
    let positions = try table.positions(of: plan.id)
    let isStaged = plan.write == .replace && !RunMark.isFinished(positions)
    return StreamTarget(
      table: table, columns: columns, positions: positions,
      memory: try StreamMemory(table.metadata, plan.id, staged: isStaged))
  }

  private func existingOrNew(_ plan: StreamPlan, _ stored: inout Schema) throws(Failure) -> LakeTable {
    if let table = try lake.load(plan.table) { return try adapt(table, plan, &stored) }
    guard contract.tables == .evolve else {
      throw Failure(
        .run, "there is no table \(plan.table), and 'schema: {tables: \(contract.tables.rawValue)}' makes none",
        advice: "make the table, or use 'tables: evolve'", status: .notFound)
    }
    do throws(Failure) {
      return try lake.create(
        plan.table, schema: IcebergSchema(stored), TableDefinition(partition: plan.partition))
    } catch {
      // Another run of the pipeline may have made it at this moment.
      guard error.status == .conflict, let table = try lake.load(plan.table) else { throw error }
      return try adapt(table, plan, &stored)
    }
  }

  private func adapt(
    _ table: LakeTable, _ plan: StreamPlan, _ stored: inout Schema
  ) throws(Failure) -> LakeTable {
    try checkPartition(table, plan)
    var changesTable = false
    for difference in table.metadata.schema.differences(from: IcebergSchema(stored)) {
      try judge(difference, plan, &stored)
      changesTable = changesTable || difference.changesTable
    }
    guard changesTable else { return table }
    let commit = TableCommit(plan.table, .none, schema: try evolved(table, plan, stored))
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

  private func judge(
    _ difference: SchemaDifference, _ plan: StreamPlan, _ stored: inout Schema
  ) throws(Failure) {
    switch difference.kind {
    case .narrower: return
    case .added:
      switch contract.columns {
      case .evolve: return
      case .discardValue:
        // Only whole columns can be left out; a member of a nested column needs the table to follow.
        guard stored.index(of: difference.path) != nil else {
          throw refused(difference, plan, "columns: discard_value")
        }
        stored.fields.removeAll { $0.name == difference.path }
      case .freeze, .discardRow: throw refused(difference, plan, "columns: \(contract.columns.rawValue)")
      }
    case .madeOptional:
      if contract.columns != .evolve { throw refused(difference, plan, "columns: \(contract.columns.rawValue)") }
    case .promoted:
      if contract.types != .evolve { throw refused(difference, plan, "types: \(contract.types.rawValue)") }
    case .incompatible: throw refused(difference, plan, "types: \(contract.types.rawValue)")
    }
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
