import HostFormats
import HostLake
import HostModel
import Testing

@Suite struct CommitTests {
  @Test func appendedRowsAreReadByPyicebergAndDuckDB() throws {
    let fixture = try LakeFixture()
    let lake = try fixture.open()
    _ = try lake.commit([LakeFixture.append(try fixture.files([[1, 2], [3]]))])
    _ = try lake.commit([LakeFixture.append(try fixture.files([[10]]))])
    #expect(try fixture.ids("bronze.orders") == [1, 2, 3, 10])
    let duck = try fixture.python(
      """
      import duckdb, glob
      import duckdb_extension_avro, duckdb_extension_iceberg
      connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
      for module in (duckdb_extension_avro, duckdb_extension_iceberg):
          path = glob.glob(os.path.dirname(module.__file__) + "/**/*.duckdb_extension", recursive=True)[0]
          connection.execute("LOAD '" + path + "'")
      location = catalog.load_table("bronze.orders").metadata_location
      count = lambda where: connection.execute("SELECT list_sort(list(id)) FROM iceberg_scan('" + where + "')").fetchone()[0]
      answer([count(location), count(folder + "/lake/bronze/orders")])
      """)
    #expect(duck == [[1, 2, 3, 10], [1, 2, 3, 10]])
    let summaries = try fixture.python(
      "answer([s.summary.model_dump() for s in catalog.load_table('bronze.orders').snapshots()])")
    let last = try #require(summaries.arrayValue?.last)
    #expect(last["total-records"] == "4")
    #expect(last["added-records"] == "1")
    #expect(last["total-data-files"] == "3")
    #expect(last["added-data-files"] == "1")
  }

  @Test func earlierSnapshotsAreReadByTimeTravel() throws {
    let fixture = try LakeFixture()
    let lake = try fixture.open()
    let first = try #require(try lake.commit([LakeFixture.append(try fixture.files([[1]]))]).tables?[0])
    let second = try #require(try lake.commit([LakeFixture.append(try fixture.files([[2]]))]).tables?[0])
    let ids = try [first, second].map { committed in
      try fixture.python(
        "answer(sorted(catalog.load_table('bronze.orders').scan(snapshot_id=request['id']).to_arrow()['id'].to_pylist()))",
        ["id": .integer(try #require(committed.snapshotID))])
    }
    #expect(ids == [[1], [1, 2]])
    #expect(try lake.plan(second.table, snapshotID: first.snapshotID).recordCount == 1)
    let error = #expect(throws: Failure.self) { try lake.plan(second.table, snapshotID: 7) }
    #expect(error?.status == .notFound)
  }

  @Test func replaceIsOneOverwriteThatDeletesTheOldFiles() throws {
    let fixture = try LakeFixture()
    let lake = try fixture.open()
    _ = try lake.commit([LakeFixture.append(try fixture.files([[1, 2], [3]]))])
    let replacement = TableCommit(LakeFixture.orders, .replace(try fixture.files([[7]])), schema: LakeFixture.schema)
    let outcome = try lake.commit([replacement])
    #expect(try fixture.ids("bronze.orders") == [7])
    let snapshot = try #require(outcome.tables?[0].table.metadata.currentSnapshot)
    #expect(snapshot.operation == "overwrite")
    #expect(snapshot.summary["deleted-data-files"] == "2")
    #expect(snapshot.summary["deleted-records"] == "3")
    #expect(snapshot.summary["total-records"] == "1")
    let statuses = try fixture.python(
      "answer(sorted(catalog.load_table('bronze.orders').inspect.entries()['status'].to_pylist()))")
    #expect(statuses == [1, 2, 2])
  }

  @Test func anExchangeTakesWholeFilesByTheirMetadata() throws {
    let fixture = try LakeFixture()
    let lake = try fixture.open()
    _ = try lake.commit([LakeFixture.append(try fixture.files([[1, 2], [3, 4], [5]]))])
    _ = try lake.commit([LakeFixture.append(try fixture.files([[6]]))])
    func exchange(_ predicate: LakePredicate, _ files: [NewFile]) throws -> CommittedTable {
      let outcome = try lake.commit([TableCommit(LakeFixture.orders, .exchange(removing: predicate, adding: files))])
      return try #require(outcome.tables?[0])
    }
    let upToThree = LakePredicate.compare(column: "id", .lessOrEqual, .integer(3))
    let both = try exchange(upToThree, try fixture.files([[30]])).table.metadata.currentSnapshot
    #expect(try fixture.ids("bronze.orders") == [5, 6, 30])
    #expect(both?.operation == "overwrite" && both?.summary["deleted-records"] == "4")
    #expect(both?.summary["total-records"] == "3" && both?.summary["total-data-files"] == "3")
    let statuses = try fixture.python(
      "answer(sorted(catalog.load_table('bronze.orders').inspect.entries()['status'].to_pylist()))")
    #expect(statuses == [0, 1, 1, 2, 2])
    #expect(try exchange(.never, []).snapshotID == nil)
    #expect(try exchange(upToThree, []).snapshotID == nil)
    #expect(try exchange(.never, try fixture.files([[7]])).table.metadata.currentSnapshot?.operation == "append")
    #expect(try exchange(.always, []).table.metadata.currentSnapshot?.operation == "delete")
    #expect(try fixture.ids("bronze.orders") == [])
    #expect(try lake.load(LakeFixture.orders)?.metadata.currentSnapshot?.summary["total-records"] == "0")
  }

  @Test func stagedRowsAppearAllAtOnceWhenPublished() throws {
    let fixture = try LakeFixture()
    let lake = try fixture.open()
    let stream = LakeFixture.stream
    func commit(_ action: TableCommit.Action, expects: UInt64?, becomes: UInt64) throws -> CommitOutcome {
      try lake.commit([
        TableCommit(
          LakeFixture.orders, action, schema: LakeFixture.schema, stream: stream,
          expectedOrdinals: expects.map { ["s0": $0] } ?? [:], positions: LakeFixture.positions(becomes))
      ])
    }
    _ = try lake.commit([LakeFixture.append(try fixture.files([[1, 2]]))])
    let staged = try commit(.stage(try fixture.files([[7], [8]])), expects: nil, becomes: 1)
    #expect(staged.tables?[0].table.hasStagedRows(of: stream) == true)
    _ = try commit(.stage(try fixture.files([[9]])), expects: 1, becomes: 2)
    #expect(try fixture.ids("bronze.orders") == [1, 2])
    let other = try #require(try fixture.open().load(LakeFixture.orders))
    #expect(try other.positions(of: stream) == LakeFixture.positions(2))
    let published = try commit(.publish(adding: try fixture.files([[10]])), expects: 2, becomes: 3)
    #expect(try fixture.ids("bronze.orders") == [7, 8, 9, 10])
    let metadata = try #require(published.tables?[0].table.metadata)
    #expect(Array(metadata.references.keys) == ["main"])
    #expect(metadata.snapshots.count == 2)
    #expect(metadata.currentSnapshot?.summary["deleted-records"] == "2")
    #expect(metadata.currentSnapshot?.summary["total-records"] == "4")
    #expect(try commit(.publish(adding: []), expects: 2, becomes: 3).isFenced)
    #expect(try fixture.ids("bronze.orders") == [7, 8, 9, 10])
  }

  @Test func discardedRowsAreNeverSeen() throws {
    let fixture = try LakeFixture()
    let lake = try fixture.open()
    _ = try lake.commit([LakeFixture.append(try fixture.files([[1]]))])
    for action in [TableCommit.Action.stage([LakeFixture.phantom("x")]), .discard] {
      _ = try lake.commit([TableCommit(LakeFixture.orders, action, stream: LakeFixture.stream)])
    }
    let table = try #require(try lake.load(LakeFixture.orders))
    #expect(!table.hasStagedRows(of: LakeFixture.stream))
    #expect(table.metadata.snapshots.count == 1)
    #expect(try fixture.ids("bronze.orders") == [1])
  }

  @Test func objectsAreDurableInTheOrderInWhichTheyNameEachOther() throws {
    let fixture = try LakeFixture()
    let lake = try fixture.open()
    fixture.store.interrupt(before: ".metadata.json") {
      let seen = try fixture.open().load(LakeFixture.orders)
      #expect(seen == nil)
    }
    _ = try lake.commit([LakeFixture.append([LakeFixture.phantom("x")])])
    let kinds = fixture.store.trace.map { key in
      key.hasSuffix(".metadata.json") ? "metadata" : key.contains("/snap-") ? "list" : "manifest"
    }
    #expect(kinds == ["manifest", "list", "metadata"])
  }

  @Test func manifestsAreMergedAndOldMetadataRemoved() throws {
    let fixture = try LakeFixture()
    let lake = try fixture.open()
    let definition = TableDefinition(properties: [
      "commit.manifest.min-count-to-merge": "5", "write.metadata.previous-versions-max": "3",
    ])
    var table: LakeTable?
    for number in 0..<23 {
      let commit = TableCommit(
        LakeFixture.orders, .append([LakeFixture.phantom("f\(number)")]), schema: LakeFixture.schema,
        definition: definition)
      table = try lake.commit([commit]).tables?[0].table
    }
    let last = try #require(table)
    let plan = try lake.plan(last)
    #expect(Set(plan.dataFiles.map(\.file.path)).count == 23)
    // The n-th commit gave its file the sequence number n, and merging kept it.
    #expect(plan.dataFiles.map(\.sequenceNumber).sorted() == Array(1...23))
    let counts = try fixture.python(
      """
      table = catalog.load_table("bronze.orders")
      entries = table.inspect.entries()
      answer([len(table.inspect.manifests()), len(entries), sorted(entries["sequence_number"].to_pylist())])
      """)
    #expect(counts.arrayValue?[0].integerValue ?? 99 <= 6)
    #expect(counts.arrayValue?[1] == 23)
    #expect(counts.arrayValue?[2] == .array((1...23).map { .integer($0) }))
    let metadata = try fixture.store.list("bronze/orders/metadata/").filter { $0.key.hasSuffix(".metadata.json") }
    #expect(metadata.count == 4)
    #expect(last.metadata.metadataLog.count == 3)
    #expect(last.metadataLocation.contains("/00022-"))
  }

  @Test func columnIsAddedWithItsRowsAndOldFilesStayReadable() throws {
    let fixture = try LakeFixture()
    let lake = try fixture.open()
    _ = try lake.commit([LakeFixture.append(try fixture.files([[1]]))])
    let table = try #require(try lake.load(LakeFixture.orders))
    let incoming = IcebergSchema(fields: [IcebergField(0, "id", .long), IcebergField(0, "note", .string)])
    let differences = table.metadata.schema.differences(from: incoming)
    let grown = try table.metadata.schema.applying(differences, lastColumnID: table.metadata.lastColumnID).schema
    let outcome = try lake.commit([TableCommit(LakeFixture.orders, .append(try fixture.files([[2]])), schema: grown)])
    let metadata = try #require(outcome.tables?[0].table.metadata)
    #expect(metadata.lastColumnID == 2)
    #expect(metadata.schemas.count == 2)
    let rows = try fixture.python(
      "answer(catalog.load_table('bronze.orders').scan().to_arrow().sort_by('id').to_pylist())")
    #expect(rows == [["id": 1, "note": nil], ["id": 2, "note": nil]])
    // A writer that planned upon the old schema gave the id 2 to another column.
    let stale = IcebergSchema(fields: [IcebergField(1, "id", .long), IcebergField(2, "other", .int)])
    let error = #expect(throws: Failure.self) {
      try lake.commit([TableCommit(LakeFixture.orders, .append([LakeFixture.phantom("x")]), schema: stale)])
    }
    #expect(error?.status == .conflict)
  }

  @Test(arguments: ["../../etc.passwd", "bronze.or/ders", "a..b", "bronze.", "bronze. ", ".bronze.x", "a.b\0", "a.%2e"])
  func nameThatLeavesTheWarehouseIsRefused(name: String) throws {
    let fixture = try LakeFixture()
    let lake = try fixture.open()
    let dot = name.lastIndex(of: ".") ?? name.startIndex
    let table = TableName(namespace: String(name[..<dot]), name: String(name[name.index(after: dot)...]))
    let error = #expect(throws: Failure.self) { try lake.create(table, schema: LakeFixture.schema) }
    #expect(error?.kind == .invalidInput)
    #expect(try fixture.store.list("").isEmpty)
  }

  @Test func creatingATableTwiceIsAConflict() throws {
    let lake = try LakeFixture().open()
    _ = try lake.create(LakeFixture.orders, schema: LakeFixture.schema)
    let error = #expect(throws: Failure.self) { try lake.create(LakeFixture.orders, schema: LakeFixture.schema) }
    #expect(error?.status == .conflict)
    #expect(try lake.tables() == [LakeFixture.orders])
  }
}
