import CArrow
import HostFormats
import HostModel
import Testing

@testable import HostPipelines

@Suite struct PartitionRouterTests {
  private func groups(
    _ schema: Schema, _ partition: [PartitionExpression], table: Schema? = nil, _ columns: [ArrowArray], offset: Int = 0
  ) throws -> [PartitionRouter.Group] {
    let metadata = try RowSamples.table(table ?? schema, partition)
    let stored = try #require(schema.withIDs(of: metadata.schema))
    let router = try PartitionRouter(metadata.spec, schema: stored, table: metadata.schema)
    let rows = Int(columns[0].length) - offset
    let batch = RecordBatch(adopting: OwnedArray(rows: rows, offset: offset, adopting: columns).take(), schema: stored)
    return router.route(batch)
  }

  private let time = Schema([Field("at", .timestamp(zoned: true))])

  @Test func aTableWithoutPartitionsTakesTheBatchWhole() throws {
    let groups = try groups(time, [], [RowSamples.longs([1, nil])])
    #expect(groups.count == 1 && groups[0].rows == nil && groups[0].values.isEmpty)
  }

  @Test func rowsOfOnePartitionAreNotListed() throws {
    let groups = try groups(time, [PartitionExpression(transform: .day, column: "at")], [RowSamples.longs([5, 6, 7])])
    #expect(groups.count == 1 && groups[0].rows == nil && groups[0].values == [.integer(0)])
  }

  @Test(
    arguments: [
      (PartitionTransform.identity, [-1, 0, 3_600_000_000, 86_400_000_000]), (.hour, [-1, 0, 1, 24]),
      (.day, [-1, 0, 0, 1]), (.month, [-1, 0, 0, 0]), (.year, [-1, 0, 0, 0]),
    ] as [(PartitionTransform, [Int64])])
  func everyTimeTransformDividesAsItSays(_ transform: PartitionTransform, _ expected: [Int64]) throws {
    let column = RowSamples.longs([-1, 0, 3_600_000_000, 86_400_000_000])
    let groups = try groups(time, [PartitionExpression(transform: transform, column: "at")], [column])
    var found = [IcebergValue?](repeating: nil, count: 4)
    for group in groups {
      for row in group.rows ?? [0, 1, 2, 3] { found[Int(row)] = group.values[0] }
    }
    #expect(found == expected.map { .integer($0) })
  }

  @Test func bucketsAndPrefixesOfSeveralFieldsMeet() throws {
    let schema = Schema([Field("id", .integer(bits: 64)), Field("name", .string)])
    let groups = try groups(
      schema,
      [
        PartitionExpression(transform: .bucket(4), column: "id"),
        PartitionExpression(transform: .truncate(1), column: "name"),
      ], [RowSamples.longs([34, 34, nil, 34]), RowSamples.texts(["ab", "b", nil, "ac"])])
    // The specification's example: the hash of 34 is 2017239379.
    let bucket = IcebergValue.integer(2_017_239_379 % 4)
    #expect(groups.map(\.values) == [[bucket, .string("a")], [bucket, .string("b")], [nil, nil]])
    #expect(groups.map(\.rows) == [[0, 3], [1], [2]])
  }

  @Test func everyNaNIsOfOnePartition() throws {
    let schema = Schema([Field("x", .double)])
    let other = Double(nan: 5, signaling: false)
    let groups = try groups(
      schema, [PartitionExpression(transform: .identity, column: "x")],
      [RowSamples.doubles([.nan, 1, other, nil, -.nan, 1])])
    #expect(groups.map(\.rows) == [[0, 2, 4], [1, 5], [3]])
    #expect(groups[0].key == [.string("NaN")])
    #expect(groups[0].values[0]?.isNaN == true)
  }

  @Test func rowsAreCountedFromTheSlicesBeginning() throws {
    let column = RowSamples.longs([0, 86_400_000_000, 0, 86_400_000_000])
    let groups = try groups(time, [PartitionExpression(transform: .day, column: "at")], [column], offset: 1)
    #expect(groups.map(\.values) == [[.integer(1)], [.integer(0)]])
    #expect(groups.map(\.rows) == [[0, 2], [1]])
  }

  @Test func thousandsOfPartitionsKeepEveryRowOnce() throws {
    let values = (0..<10_000).map { Int64($0 * 7 % 3000) }
    let schema = Schema([Field("id", .integer(bits: 64))])
    let groups = try groups(
      schema, [PartitionExpression(transform: .identity, column: "id")], [RowSamples.longs(values)])
    #expect(groups.count == 3000)
    let rows = groups.flatMap { $0.rows ?? [] }
    #expect(rows.sorted() == (0..<10_000).map { Int32($0) })
    for group in groups {
      for row in group.rows ?? [] { #expect(group.values == [.integer(values[Int(row)])]) }
    }
  }

  /// The table's column was widened since; the partition values are of the table's type.
  @Test func floatsOfATableOfDoublesAreDoubles() throws {
    let groups = try groups(
      Schema([Field("x", .float)]), [PartitionExpression(transform: .identity, column: "x")],
      table: Schema([Field("x", .double)]), [RowSamples.numbers([Float(0.5)])])
    #expect(groups.map(\.values) == [[.double(0.5)]])
  }

  @Test func aDecimalBeyondItsPrecisionEndsNothing() throws {
    let groups = try groups(
      Schema([Field("d", .decimal(precision: 38, scale: 0))]),
      [PartitionExpression(transform: .truncate(10), column: "d")], [RowSamples.numbers([Int128.min])])
    #expect(groups.count == 1)
  }

  @Test func aStreamWithoutTheColumnIsRefused() throws {
    let metadata = try RowSamples.table(
      Schema([Field("at", .timestamp(zoned: true)), Field("n", .integer(bits: 64))]),
      [PartitionExpression(transform: .day, column: "at")])
    let stored = try #require(Schema([Field("n", .integer(bits: 64))]).withIDs(of: metadata.schema))
    #expect(throws: Failure.self) {
      _ = try PartitionRouter(metadata.spec, schema: stored, table: metadata.schema)
    }
  }

  @Test func aDroppedPartitionFieldDividesNothing() throws {
    let metadata = try RowSamples.table(time, [PartitionExpression(transform: .void, column: "at")])
    let stored = try #require(time.withIDs(of: metadata.schema))
    let router = try PartitionRouter(metadata.spec, schema: stored, table: metadata.schema)
    #expect(!router.isPartitioned)
  }
}
