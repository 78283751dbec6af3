import HostFormats
import HostLake
import HostModel
import Testing

@testable import HostPipelines

@Suite struct TableWriterTests {
  private let store = MemoryStore()
  private let format = LineFormat()
  private let schema = Schema([Field("id", .integer(bits: 64))])

  private final class Names {
    var next = 0
    var closed: [String] = []
  }
  private let names = Names()

  private func writer(
    openFiles: Int = 8, fileBytes: Int64 = 1000, partition: PartitionTransform? = .identity,
    by formats: FormatPair? = nil
  ) throws -> TableWriter {
    let metadata = try RowSamples.table(
      schema, partition.map { [PartitionExpression(transform: $0, column: "id")] } ?? [])
    let table = LakeTable(
      name: TableName(namespace: "n", name: "t"), metadataLocation: "mem://t/m.json", metadata: metadata)
    return try TableWriter(
      table, schema: try #require(schema.withIDs(of: metadata.schema)), format: formats ?? FormatPair(format),
      store: store,
      limits: TableWriter.Limits(fileBytes: fileBytes, openFiles: openFiles),
      newName: { [names] in
        names.next += 1
        return "\(names.next)"
      }, whenClosed: { [names] in names.closed.append($0) })
  }

  private func batch(_ values: [Int64?]) -> RecordBatch {
    RecordBatch(schema, rows: values.count, columns: [RowSamples.longs(values)])
  }

  private func contents(_ file: NewFile) throws -> [String] {
    let key = try #require(store.key(of: file.file.path))
    let bytes = try #require(store.objects[key])
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test func eachPartitionHasOneFileOverManyBatches() throws {
    let writer = try writer()
    for _ in 0..<3 { try writer.write(batch([1, 2, nil, 2])) }
    let files = try writer.cut()
    #expect(files.map(\.file.partition) == [[.integer(1)], [.integer(2)], [nil]])
    #expect(files.map(\.file.recordCount) == [3, 6, 3])
    #expect(try contents(files[1]) == Array(repeating: "2", count: 6))
    #expect(names.closed == ["t/data/1.txt", "t/data/2.txt", "t/data/3.txt"])
    #expect(store.uploading.isEmpty)
    #expect(try writer.cut().isEmpty)
  }

  @Test func nothingWrittenMakesNoFile() throws {
    let writer = try writer()
    try writer.write(batch([]))
    #expect(try writer.cut().isEmpty)
    #expect(store.objects.isEmpty && names.next == 0)
  }

  @Test func beyondTheBoundTheFileUsedLongestAgoIsClosed() throws {
    let writer = try writer(openFiles: 2)
    for value in [1, 2, 1, 3, 1] as [Int64] { try writer.write(batch([value])) }
    #expect(store.mostUploading == 2)
    // 2 was used longest ago when 3 came, and 1 goes on in its first file.
    #expect(names.closed == ["t/data/2.txt"])
    let files = try writer.cut()
    #expect(files.map(\.file.recordCount).sorted() == [1, 1, 3])
  }

  @Test func manyPartitionsInOneBatchStayWithinTheBound() throws {
    let writer = try writer(openFiles: 3)
    try writer.write(batch((0..<50).map { Int64($0 % 25) }))
    let files = try writer.cut()
    #expect(store.mostUploading == 3)
    #expect(files.reduce(0) { $0 + $1.file.recordCount } == 50)
  }

  @Test func aFileIsClosedAtItsSizeAndTheNextOneBegins() throws {
    let writer = try writer(fileBytes: 30, partition: nil)
    try writer.write(batch([1, 2]))
    #expect(names.closed.isEmpty)
    try writer.write(batch([3]))
    #expect(names.closed == ["t/data/1.txt"])
    try writer.write(batch([4]))
    let files = try writer.cut()
    #expect(try files.map(contents) == [["1", "2", "3"], ["4"]])
  }

  @Test func abortingLeavesNothing() throws {
    let writer = try writer()
    try writer.write(batch([1, 2]))
    writer.abort()
    #expect(store.uploading.isEmpty && store.objects.isEmpty)
    #expect(try writer.cut().isEmpty)
  }

  @Test func aWriterThatIsForgottenLeavesNothing() throws {
    do {
      let writer = try writer()
      try writer.write(batch([1, 2]))
      #expect(store.uploading.count == 2)
    }
    #expect(store.uploading.isEmpty && store.objects.isEmpty)
  }

  @Test(arguments: [LineFormat.Fault.make, .write, .finish])
  func aFormatThatFailsLeavesNoUploadBehind(_ fault: LineFormat.Fault) throws {
    format.fault = fault
    do {
      let writer = try writer()
      #expect(throws: Failure.self) {
        try writer.write(batch([1]))
        _ = try writer.cut()
      }
    }
    #expect(store.uploading.isEmpty && store.objects.isEmpty)
  }

  @Test func aFormatThatLosesRowsIsFound() throws {
    let writer = try writer()
    try writer.write(batch([1, 1]))
    format.fault = .lostRow
    let failure = #expect(throws: Failure.self) { _ = try writer.cut() }
    #expect(failure?.status == .fatal)
    #expect(failure?.message.contains("1 of 2 rows") == true)
  }

  /// What fails with its first file, at whichever step, leaves nothing: the one before writes the same rows, once.
  @Test(arguments: [LineFormat.Fault.make, .write, .finish, .lostRow])
  func aNewFormatThatFailsAtItsFirstFileGivesItsRowsBack(_ fault: LineFormat.Fault) throws {
    let newcomer = LineFormat()
    newcomer.fault = fault
    let formats = FormatPair(newcomer, before: format)
    let writer = try writer(by: formats)
    try writer.write(batch([1, 2, 1]))
    try writer.write(batch([2]))
    #expect(formats.failures.count == 1 && !formats.isOnTrial)
    let files = try writer.cut()
    #expect(try files.flatMap(contents).sorted() == ["1", "1", "2", "2"])
    #expect(store.uploading.isEmpty)
    #expect(store.objects.count == files.count || fault == .lostRow)
  }

  /// The first rows of a format that took another's place are complete, and in a file, before it gets any more.
  @Test func aNewFormatProvesItselfByAWholeFile() throws {
    let formats = FormatPair(LineFormat(), before: format)
    let writer = try writer(partition: nil, by: formats)
    try writer.write(batch([1, 2]))
    #expect(names.closed == ["t/data/1.txt"] && !formats.isOnTrial)
    for value in [3, 4] as [Int64] { try writer.write(batch([value])) }
    #expect(try writer.cut().map(contents) == [["1", "2"], ["3", "4"]])
  }
}
