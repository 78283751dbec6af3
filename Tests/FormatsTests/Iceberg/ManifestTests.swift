import HostFormats
import TestSupport
import Testing

@Suite struct ManifestTests {
  private static func table() throws -> TableMetadata {
    let schema = IcebergSchema(fields: [
      IcebergField(1, "price", .decimal(precision: 12, scale: 2)), IcebergField(2, "weight", .double),
      IcebergField(3, "name with space", .string), IcebergField(4, "key", .uuid),
    ])
    let partition = [
      PartitionExpression(transform: .identity, column: "price"),
      PartitionExpression(transform: .identity, column: "weight"),
      PartitionExpression(transform: .truncate(2), column: "name with space"),
      PartitionExpression(transform: .identity, column: "key"),
    ]
    return try TableMetadata(uuid: "u", location: "file:///t", schema: schema, partition: partition, timestampMS: 1)
  }

  private static func manifest() -> Manifest {
    var full = DataFile(
      path: "file:///t/a", partition: [.decimal(-70_000), .double(1.5), .string("é😀"), .bytes(Array(0..<16))],
      recordCount: 5, sizeInBytes: 100)
    full.columnSizes = [1: 10]
    full.valueCounts = [1: 5, 2: 5]
    full.nullValueCounts = [1: 0]
    full.nanValueCounts = [2: 1]
    full.lowerBounds = [1: [0xFE]]
    full.upperBounds = [1: [0x01, 0x02]]
    full.splitOffsets = [4, 1000]
    full.sortOrderID = 0
    var empty = DataFile(path: "file:///t/b", partition: [nil, .double(2), nil, nil], recordCount: 7, sizeInBytes: 1)
    empty.columnSizes = [:]
    return Manifest(
      specID: 0,
      entries: [
        ManifestEntry(.added, snapshotID: nil, sequenceNumber: nil, fileSequenceNumber: nil, file: full),
        ManifestEntry(.existing, snapshotID: 3, sequenceNumber: 2, fileSequenceNumber: 1, file: empty),
        ManifestEntry(.deleted, snapshotID: 9, sequenceNumber: 1, fileSequenceNumber: 1, file: empty),
      ])
  }

  @Test func entriesRoundTripAndInheritFromTheList() throws {
    let (table, manifest) = (try Self.table(), Self.manifest())
    let bytes = try manifest.serialized(metadata: table, sync: Array(0..<16))
    let line = try manifest.summary(
      path: "m", length: bytes.count, snapshotID: 9, sequenceNumber: 12, metadata: table)
    let read = try Manifest.parse(bytes, line)
    #expect(read.entries.map(\.file) == manifest.entries.map(\.file))
    #expect(read.entries.map(\.status) == [.added, .existing, .deleted])
    #expect(read.entries.map(\.snapshotID) == [9, 3, 9])
    #expect(read.entries.map(\.sequenceNumber) == [12, 2, 1])
    #expect(read.entries.map(\.fileSequenceNumber) == [12, 1, 1])
  }

  @Test func lineCountsFilesAndSummarisesPartitions() throws {
    let (table, manifest) = (try Self.table(), Self.manifest())
    let line = try manifest.summary(path: "m", length: 8, snapshotID: 9, sequenceNumber: 12, metadata: table)
    #expect([line.addedFiles, line.existingFiles, line.deletedFiles] == [1, 1, 1])
    #expect([line.addedRows, line.existingRows, line.deletedRows] == [5, 7, 7])
    #expect(line.minSequenceNumber == 2)
    let summaries = try #require(line.partitions)
    #expect(summaries.map(\.containsNull) == [true, false, true, true])
    #expect(summaries[0].lowerBound == [0xFE, 0xEE, 0x90])
    #expect(summaries[1].upperBound == [0, 0, 0, 0, 0, 0, 0, 0x40])
    #expect(summaries[2].lowerBound == Array("é😀".utf8))
    let list = try ManifestList.serialized(
      [line], snapshotID: 9, parentID: nil, sequenceNumber: 12, sync: Array(0..<16))
    #expect(try ManifestList.parse(list, location: "l") == [line])
  }

  @Test func damagedManifestsAndListsNeverTrap() throws {
    let seed = TestSeed.of(1)
    print("seed \(seed)")
    var random = Mutator(seed: seed)
    let (table, manifest) = (try Self.table(), Self.manifest())
    let bytes = try manifest.serialized(metadata: table, sync: Array(0..<16))
    let line = try manifest.summary(path: "m", length: 8, snapshotID: 9, sequenceNumber: 12, metadata: table)
    let list = try ManifestList.serialized(
      [line], snapshotID: 9, parentID: nil, sequenceNumber: 12, sync: Array(0..<16))
    let pruner = FilePruner(.compare(column: "price", .less, .decimal(5)), metadata: table)
    var refused = 0
    for _ in 0..<2000 {
      do {
        let read = try Manifest.parse(random.damaged(bytes), line)
        for entry in read.entries { _ = pruner.mayMatch(entry.file, specID: 0) }
        for line in try ManifestList.parse(random.damaged(list), location: "l") { _ = pruner.mayMatch(line) }
      } catch { refused += 1 }
    }
    #expect(refused > 500)
  }
}
