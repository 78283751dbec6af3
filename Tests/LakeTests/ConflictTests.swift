import HostFormats
import HostLake
import HostModel
import HostSystem
import Synchronization
import Testing

@Suite struct ConflictTests {
  private static func commit(_ files: [NewFile], expects: UInt64?, becomes: UInt64) -> TableCommit {
    TableCommit(
      LakeFixture.orders, .append(files), schema: LakeFixture.schema, definition: TableDefinition(),
      stream: LakeFixture.stream, expectedOrdinals: expects.map { ["s0": $0] } ?? [:],
      positions: LakeFixture.positions(becomes))
  }

  @Test func secondWriterOfAStreamIsFenced() throws {
    let fixture = try LakeFixture()
    let (first, second) = (try fixture.open(), try fixture.open())
    _ = try first.commit([Self.commit([LakeFixture.phantom("a")], expects: nil, becomes: 1)])
    #expect(try second.commit([Self.commit([LakeFixture.phantom("b")], expects: nil, becomes: 1)]).isFenced)
    let table = try #require(try second.load(LakeFixture.orders))
    #expect(try second.plan(table).dataFiles.map(\.file.path) == ["file:///nowhere/a"])
    #expect(try table.positions(of: LakeFixture.stream) == LakeFixture.positions(1))
  }

  /// The pause between writing metadata and moving the catalog, in which another process takes over and commits.
  @Test func writerThatWasOvertakenWhileItWroteIsFenced() throws {
    let fixture = try LakeFixture()
    let lake = try fixture.open()
    _ = try lake.commit([Self.commit([LakeFixture.phantom("a")], expects: nil, becomes: 1)])
    fixture.store.interrupt(before: ".metadata.json") {
      _ = try fixture.open().commit([Self.commit([LakeFixture.phantom("other")], expects: 1, becomes: 2)])
    }
    #expect(try lake.commit([Self.commit([LakeFixture.phantom("late")], expects: 1, becomes: 2)]).isFenced)
    let table = try #require(try lake.load(LakeFixture.orders))
    let paths = try lake.plan(table).dataFiles.map(\.file.path).sorted()
    #expect(paths == ["file:///nowhere/a", "file:///nowhere/other"])
  }

  @Test func foreignAppendDuringACommitIsTakenOver() throws {
    let fixture = try LakeFixture()
    let lake = try fixture.open()
    _ = try lake.commit([Self.commit(try fixture.files([[1]]), expects: nil, becomes: 1)])
    let files = try fixture.files([[2]])
    fixture.store.interrupt(before: ".metadata.json") {
      try fixture.python(
        "catalog.load_table('bronze.orders').append(arrow.table({'id': arrow.array([100], arrow.int64())}))")
    }
    let outcome = try lake.commit([Self.commit(files, expects: 1, becomes: 2)])
    let table = try #require(outcome.tables?[0].table)
    #expect(try fixture.ids("bronze.orders") == [1, 2, 100])
    #expect(try table.positions(of: LakeFixture.stream) == LakeFixture.positions(2))
    #expect(table.metadata.snapshots.count == 3)
    #expect(table.metadata.currentSnapshot?.sequenceNumber == 3)
    #expect(table.metadata.currentSnapshot?.summary["total-records"] == "3")
  }

  @Test func positionsSurviveForeignCommitsAndExpiry() throws {
    let fixture = try LakeFixture()
    let lake = try fixture.open()
    for ordinal in UInt64(1)...3 {
      let expected = ordinal == 1 ? nil : ordinal - 1
      _ = try lake.commit([
        Self.commit(try fixture.files([[Int64(ordinal)]]), expects: expected, becomes: ordinal)
      ])
    }
    let left = try fixture.python(
      """
      table = catalog.load_table("bronze.orders")
      table.append(arrow.table({"id": arrow.array([100, 101], arrow.int64())}))
      with table.transaction() as change: change.set_properties({"owner": "somebody"})
      for snapshot in table.snapshots()[:-1]:
          table.maintenance.expire_snapshots().by_id(snapshot.snapshot_id).commit()
          table = catalog.load_table("bronze.orders")
      answer(len(table.snapshots()))
      """)
    #expect(left == 1)
    let table = try #require(try lake.load(LakeFixture.orders))
    #expect(try table.positions(of: LakeFixture.stream) == LakeFixture.positions(3))
    #expect(try lake.commit([Self.commit([], expects: 2, becomes: 4)]).isFenced)
    let outcome = try lake.commit([Self.commit(try fixture.files([[4]]), expects: 3, becomes: 4)])
    #expect(outcome.tables?[0].table.metadata.properties["owner"] == "somebody")
    #expect(try fixture.ids("bronze.orders") == [1, 2, 3, 4, 100, 101])
  }

  /// Manifests of pyiceberg are compressed and differ in the order of fields; a replace reads and rewrites them all.
  @Test func tableOfPyicebergIsReplaced() throws {
    let fixture = try LakeFixture()
    let lake = try fixture.open()
    try fixture.python(
      """
      from pyiceberg.schema import Schema
      from pyiceberg.types import *
      from pyiceberg.partitioning import PartitionSpec, PartitionField
      from pyiceberg.transforms import *
      catalog.create_namespace("bronze")
      schema = Schema(NestedField(1, "id", LongType()), NestedField(2, "at", TimestamptzType()), NestedField(3, "price", DecimalType(12, 2)))
      spec = PartitionSpec(PartitionField(2, 1000, DayTransform(), "at_day"), PartitionField(3, 1001, IdentityTransform(), "price"))
      table = catalog.create_table("bronze.orders", schema, partition_spec=spec, properties={"mine": "kept"})
      import datetime, decimal
      day = lambda n: datetime.datetime(2020, 1, n, tzinfo=datetime.timezone.utc)
      rows = [{"id": n, "at": day(n), "price": decimal.Decimal(n) / 4} for n in range(1, 9)]
      table.append(arrow.Table.from_pylist(rows, schema=table.schema().as_arrow()))
      table.delete("id = 3")
      """)
    let table = try #require(try lake.load(LakeFixture.orders))
    let plan = try lake.plan(table, where: .compare(column: "price", .greater, .decimal(150)))
    #expect(plan.dataFiles.count == 2)
    #expect(plan.skippedFiles == 5)
    #expect(plan.dataFiles.allSatisfy { $0.file.partition.count == 2 && !$0.file.lowerBounds.isEmpty })
    let wanted = try #require(plan.dataFiles.first)
    let outcome = try lake.commit([
      TableCommit(LakeFixture.orders, .replace([NewFile(wanted.file, specID: wanted.specID)]))
    ])
    let metadata = try #require(outcome.tables?[0].table.metadata)
    #expect(metadata.properties["mine"] == "kept")
    #expect(metadata.currentSnapshot?.summary["deleted-data-files"] == "7")
    #expect(try fixture.ids("bronze.orders").count == 1)
  }

  @Test func severalTablesChangeTogetherOrNotAtAll() throws {
    let fixture = try LakeFixture()
    let lake = try fixture.open()
    let dead = TableName(namespace: "bronze", name: "orders__dead")
    func both(_ name: String, expects: UInt64?, becomes: UInt64) -> [TableCommit] {
      [
        LakeFixture.append([LakeFixture.phantom("dead-" + name)], to: dead),
        Self.commit([LakeFixture.phantom(name)], expects: expects, becomes: becomes),
      ]
    }
    _ = try lake.commit(both("a", expects: nil, becomes: 1))
    #expect(try lake.commit(both("b", expects: nil, becomes: 1)).isFenced)
    fixture.store.interrupt(before: ".metadata.json") {
      _ = try fixture.open().commit([LakeFixture.append([LakeFixture.phantom("dead-foreign")], to: dead)])
    }
    _ = try lake.commit(both("c", expects: 1, becomes: 2))
    let reader = try fixture.open()
    func names(_ table: TableName) throws -> [String] {
      let loaded = try #require(try reader.load(table))
      return try reader.plan(loaded).dataFiles.map { String($0.file.path.dropFirst(16)) }.sorted()
    }
    #expect(try names(LakeFixture.orders) == ["a", "c"])
    #expect(try names(dead) == ["dead-a", "dead-c", "dead-foreign"])
    #expect(try reader.load(dead)?.metadata.snapshots.count == 3)
  }

  @Test func writersInParallelLoseNothing() throws {
    let fixture = try LakeFixture()
    _ = try fixture.open().create(LakeFixture.orders, schema: LakeFixture.schema)
    let failures = Mutex<[String]>([])
    let lakes = try (0..<4).map { _ in try fixture.open() }
    let lanes = SystemLanes()
    let handles = try lakes.enumerated().map { number, lake in
      try lanes.start("writer \(number)") {
        for round in 0..<8 {
          do {
            _ = try lake.commit([LakeFixture.append([LakeFixture.phantom("\(number)-\(round)", rows: 2)])])
          } catch { failures.withLock { $0.append("\(error)") } }
        }
      }
    }
    for handle in handles { handle.join() }
    #expect(failures.withLock { $0 }.isEmpty)
    let lake = try fixture.open()
    let table = try #require(try lake.load(LakeFixture.orders))
    let plan = try lake.plan(table)
    #expect(Set(plan.dataFiles.map(\.file.path)).count == 32)
    #expect(plan.recordCount == 64)
    #expect(table.metadata.currentSnapshot?.summary["total-records"] == "64")
    #expect(table.metadata.lastSequenceNumber == 32)
  }

  @Test func stageStateIsSavedWithTheRowsAndRemovedByNil() throws {
    let fixture = try LakeFixture()
    let lake = try fixture.open()
    var commit = Self.commit([LakeFixture.phantom("a")], expects: nil, becomes: 1)
    commit.properties = ["headrace.state.statistical": "{\"n\":1}", "old": nil]
    commit.summary = ["headrace.run": "r1"]
    let table = try #require(try lake.commit([commit]).tables?[0].table)
    #expect(table.metadata.properties["headrace.state.statistical"] == "{\"n\":1}")
    #expect(table.metadata.currentSnapshot?.summary["headrace.run"] == "r1")
    #expect(table.metadata.currentSnapshot?.summary["headrace.position.shop.public.orders"] == #"{"s0":"1"}"#)
    let removal = TableCommit(LakeFixture.orders, .none, properties: ["headrace.state.statistical": nil])
    let after = try #require(try lake.commit([removal]).tables?[0].table)
    #expect(after.metadata.properties["headrace.state.statistical"] == nil)
    #expect(after.metadata.snapshots.count == 1)
  }
}
