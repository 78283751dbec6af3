import HostFormats
import TestSupport
import Testing

@Suite struct TableMetadataTests {
  private static let text = """
    {"format-version":2,"table-uuid":"9c12d441-03fe-4693-9a96-a0705ddf69c1","location":"file:///lake/a/b/",
    "last-sequence-number":34,"last-updated-ms":1602638573590,"last-column-id":7,"current-schema-id":1,
    "schemas":[{"type":"struct","schema-id":0,"fields":[{"id":1,"name":"x","required":true,"type":"int"}]},
    {"type":"struct","schema-id":1,"identifier-field-ids":[1],"custom":true,"fields":[
    {"id":1,"name":"x","required":true,"type":"long","doc":"comment","foreign":[1]},
    {"id":2,"name":"amount","required":false,"type":"decimal(9,2)"},
    {"id":3,"name":"tags","required":false,"type":{"type":"list","element-id":4,"element":"string","element-required":false}},
    {"id":5,"name":"m","required":false,"type":{"type":"map","key-id":6,"key":"string","value-id":7,
    "value":{"type":"struct","fields":[]},"value-required":false}}]}],
    "default-spec-id":1,"partition-specs":[{"spec-id":0,"fields":[]},{"spec-id":1,"fields":[
    {"name":"x_bucket","transform":"bucket[16]","source-id":1,"field-id":1000},
    {"name":"z","transform":"zorder[3]","source-id":1,"field-id":1001}]}],
    "last-partition-id":1001,"default-sort-order-id":3,
    "sort-orders":[{"order-id":3,"fields":[{"transform":"identity","source-id":1,"direction":"asc","null-order":"nulls-first"}]}],
    "properties":{"read.split.target.size":"134217728","owner":"me"},"current-snapshot-id":3055729675574597004,
    "snapshots":[{"snapshot-id":3055729675574597004,"timestamp-ms":1555100955770,"sequence-number":1,
    "summary":{"operation":"append","total-records":"5"},"manifest-list":"file:///lake/a/b/metadata/s.avro","schema-id":1,
    "key-id":"kept"}],
    "snapshot-log":[{"snapshot-id":3055729675574597004,"timestamp-ms":1555100955770}],
    "metadata-log":[{"metadata-file":"file:///lake/a/b/metadata/v1.metadata.json","timestamp-ms":1}],
    "refs":{"main":{"snapshot-id":3055729675574597004,"type":"branch","min-snapshots-to-keep":5},
    "audit":{"snapshot-id":3055729675574597004,"type":"tag","max-ref-age-ms":10}},
    "statistics":[{"snapshot-id":3055729675574597004,"statistics-path":"s.puffin","file-size-in-bytes":413,
    "file-footer-size-in-bytes":42,"blob-metadata":[]}],
    "partition-statistics":[{"snapshot-id":1,"statistics-path":"p","file-size-in-bytes":4}],"written-by":{"other":"engine"}}
    """

  @Test func documentSurvivesReadingAndWriting() throws {
    let metadata = try TableMetadata.parse(Array(Self.text.utf8))
    let again = try TableMetadata.parse(metadata.serialized())
    #expect(again.json == metadata.json)
    let original = try JSONValue.parse(Self.text)
    let written = try JSONValue.parse(metadata.serialized())
    for key in [
      "statistics", "partition-statistics", "written-by", "sort-orders", "snapshot-log", "default-sort-order-id",
    ] {
      #expect(written[key].map(Self.sorted) == original[key].map(Self.sorted), "\(key)")
    }
    #expect(written["schemas"]?.arrayValue?[1]["custom"] == true)
    #expect(written["schemas"]?.arrayValue?[1]["fields"]?.arrayValue?[0]["foreign"] == [1])
    #expect(written["snapshots"]?.arrayValue?[0]["key-id"] == "kept")
    #expect(written["refs"]?["main"]?["min-snapshots-to-keep"] == 5)
    #expect(written["partition-specs"]?.arrayValue?[1]["fields"]?.arrayValue?[1]["transform"] == "zorder[3]")
    #expect(written["location"] == "file:///lake/a/b")
  }

  @Test func membersAreRead() throws {
    let metadata = try TableMetadata.parse(Array(Self.text.utf8))
    #expect(metadata.currentSnapshot?.id == 3_055_729_675_574_597_004)
    #expect(metadata.schema.field(named: "amount")?.type == .decimal(precision: 9, scale: 2))
    #expect(metadata.schema.field(at: "tags")?.id == 3)
    #expect(metadata.schema.field(id: 6)?.name == "key")
    #expect(metadata.spec.fields.map(\.transform) == [.bucket(16), .unknown("zorder[3]")])
    #expect(metadata.references["audit"]?.isBranch == false)
    #expect(metadata.snapshot(asOf: 1_555_100_955_770)?.id == metadata.currentSnapshotID)
    #expect(metadata.snapshot(asOf: 1_555_100_955_769) == nil)
  }

  private static func sorted(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let elements): .array(elements.map(sorted))
    case .object(let object):
      .object(JSONObject(object.sorted { $0.0 < $1.0 }.map { ($0.0, sorted($0.1)) }))
    default: value
    }
  }

  @Test(arguments: [
    (
      1,
      "the table has format version 1; version 2 is supported; upgrade it by setting the table property "
        + "format-version=2 with the engine that made it"
    ),
    (
      3,
      "the table has format version 3; version 2 is supported; use an engine that knows version 3, or create the "
        + "table with format-version=2"
    ),
  ])
  func otherFormatVersionIsRefused(version: Int, message: String) {
    let text = Self.text.replacing("\"format-version\":2", with: "\"format-version\":\(version)")
    let error = #expect(throws: IcebergError.self) { try TableMetadata.parse(Array(text.utf8)) }
    #expect(error?.description == message)
  }

  @Test func newTableHasFreshIDsLevelByLevel() throws {
    let inner = IcebergType.structure([IcebergField(9, "a", .int), IcebergField(8, "b", .string)])
    let schema = IcebergSchema(
      fields: [
        IcebergField(7, "id", .long, required: true), IcebergField(5, "s", inner), IcebergField(3, "day", .date),
      ], identifierFieldIDs: [7])
    let metadata = try TableMetadata(
      uuid: "u", location: "file:///t", schema: schema,
      partition: [PartitionExpression(transform: .day, column: "day"), PartitionExpression.parse("bucket(4, s.a)")],
      timestampMS: 1)
    #expect(metadata.schema.fields.map(\.id) == [1, 2, 3])
    #expect(metadata.schema.field(at: "s.b")?.id == 5)
    #expect(metadata.schema.identifierFieldIDs == [1])
    #expect(metadata.lastColumnID == 5)
    #expect(metadata.spec.fields.map(\.id) == [1000, 1001])
    #expect(metadata.spec.fields.map(\.name) == ["day_day", "s.a_bucket"])
    #expect(metadata.lastPartitionID == 1001)
  }

  @Test func unusableSchemaIsRefused() {
    func refused(_ fields: [IcebergField], identifiers: [Int] = []) -> String? {
      let schema = IcebergSchema(fields: fields, identifierFieldIDs: identifiers)
      let error = #expect(throws: IcebergError.self) { try schema.validate() }
      return error?.description
    }
    #expect(refused([IcebergField(1, "a", .int), IcebergField(2, "a", .int)])?.contains("'a' occurs twice") == true)
    #expect(refused([IcebergField(1, "a", .int), IcebergField(1, "b", .int)])?.contains("id 1 occurs twice") == true)
    #expect(refused([IcebergField(1, "a", .int)], identifiers: [1])?.contains("cannot identify rows") == true)
    let double = IcebergField(1, "a", .double, required: true)
    #expect(refused([double], identifiers: [1])?.contains("not floating") == true)
  }

  @Test func schemaGrowsWithoutReusingIDs() throws {
    let table = IcebergSchema(fields: [
      IcebergField(1, "id", .int, required: true), IcebergField(2, "price", .decimal(precision: 9, scale: 2)),
      IcebergField(3, "s", .structure([IcebergField(4, "x", .float)])), IcebergField(5, "wide", .long),
    ])
    let incoming = IcebergSchema(fields: [
      IcebergField(0, "id", .long), IcebergField(0, "price", .decimal(precision: 12, scale: 2)),
      IcebergField(0, "s", .structure([IcebergField(0, "x", .double), IcebergField(0, "y", .string)])),
      IcebergField(0, "wide", .int), IcebergField(0, "new", .string, required: true),
    ])
    let differences = table.differences(from: incoming)
    #expect(
      differences.map(\.description) == [
        "column 'id' becomes optional", "column 'id' becomes long, it was int",
        "column 'price' becomes decimal(12, 2), it was decimal(9, 2)", "column 's.x' becomes double, it was float",
        "column 's.y' of type string is new", "column 'wide' arrives as int", "column 'new' of type string is new",
      ])
    let (grown, last) = try table.applying(differences, lastColumnID: 40)
    #expect(grown.field(at: "s.y")?.id == 41)
    #expect(grown.field(named: "new")?.id == 42)
    #expect(grown.field(named: "new")?.required == false)
    #expect(grown.field(named: "id") == IcebergField(1, "id", .long))
    #expect(grown.field(named: "wide")?.type == .long)
    #expect(last == 42)
    #expect(grown.differences(from: incoming).map(\.changesTable) == [false])
  }

  @Test func incompatibleTypeIsRefused() {
    let table = IcebergSchema(fields: [IcebergField(1, "a", .int)])
    let differences = table.differences(from: IcebergSchema(fields: [IcebergField(0, "a", .string)]))
    let error = #expect(throws: IcebergError.self) { try table.applying(differences, lastColumnID: 1) }
    #expect(error?.message == "column 'a' is int and arrives as string")
  }

  @Test func nameMappingCoversEveryLevel() {
    let schema = IcebergSchema(fields: [
      IcebergField(1, "id", .long),
      IcebergField(2, "l", .list(IcebergListType(elementID: 3, element: .structure([IcebergField(4, "x", .int)])))),
    ])
    #expect(
      NameMapping.json(of: schema).text()
        == #"[{"field-id":1,"names":["id"]},{"field-id":2,"names":["l"],"fields":[{"field-id":3,"names":["element"],"#
        + #""fields":[{"field-id":4,"names":["x"]}]}]}]"#)
  }

  @Test func damagedMetadataNeverTraps() {
    let seed = TestSeed.of(1)
    print("seed \(seed)")
    var random = Mutator(seed: seed)
    let whole = Array(Self.text.utf8)
    var refused = 0
    for _ in 0..<3000 {
      do {
        let metadata = try TableMetadata.parse(random.damaged(whole))
        _ = metadata.serialized()
        _ = metadata.partitionTypes(of: metadata.spec)
      } catch { refused += 1 }
    }
    #expect(refused > 500)
  }
}
