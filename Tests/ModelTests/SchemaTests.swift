import CArrow
import HostModel
import Testing

@Suite struct SchemaTests {
  static let types: [DataType] =
    [8, 16, 32, 64].map { .integer(bits: $0) } + [8, 16, 32].map { .unsigned(bits: $0) } + [
      .boolean, .float, .double, .decimal(precision: 38, scale: 9), .decimal(precision: 1, scale: 0), .date, .time,
      .timestamp(zoned: true), .timestamp(zoned: false), .string, .binary, .fixed(bytes: 7), .fixed(bytes: 16), .uuid,
      .list(Field("element", .list(Field("element", .uuid, id: 5)), nullable: false)),
      .structure([Field("a", .date, nullable: false), Field("b", .list(Field("element", .string)))]),
      .map(key: Field("key", .string, nullable: false), value: Field("value", .structure([Field("x", .double)]))),
    ]

  @Test(arguments: types)
  func typeSurvivesExportAndImport(_ type: DataType) throws {
    let schema = Schema([
      Field("first", type, nullable: false, id: 1, doc: "a comment, with ünïcode"), Field("second", type),
    ])
    let exported = ExportedSchema(schema)
    #expect(try Schema(importing: exported.pointer.pointee) == schema)
  }

  /// A schema of one column of the given Arrow format.
  private func importing(_ format: String, name: String = "column") throws -> Schema {
    let column = ExportedSchema(Schema([Field(name, .boolean)]))
    let child = try #require(column.pointer.pointee.children[0])
    let original = child.pointee.format
    defer { child.pointee.format = original }
    return try format.withCString { text in
      child.pointee.format = text
      return try Schema(importing: column.pointer.pointee)
    }
  }

  @Test(arguments: [
    "U", "Z", "+L", "tss:", "tsn:UTC", "ttm", "tdm", "e", "L", "n", "d:39,0", "d:5,6", "d:10,2,256", "d:x", "w:0",
    "w:-1", "w:", "+w:3", "+ud:0", "tiM", "vu", "+r", "",
  ])
  func formatThatIsNotInTheABIIsRefusedNamingTheColumn(_ format: String) {
    do {
      _ = try importing(format)
      Issue.record("'\(format)' was accepted")
    } catch let failure as Failure {
      #expect(
        failure.message
          == "column 'column' has the Arrow format '\(format)', which is not one of the plugin ABI's")
      #expect(failure.status == .unsupported)
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test func columnWithoutANameIsRefused() {
    #expect(throws: Failure.self) { try importing("b", name: "") }
  }

  @Test func twoColumnsOfOneNameAreRefused() {
    let exported = ExportedSchema(Schema([Field("a", .date), Field("a", .time)]))
    do {
      _ = try Schema(importing: exported.pointer.pointee)
      Issue.record("accepted")
    } catch { #expect(error.message == "two columns are named 'a'") }
  }

  @Test func columnsAloneAreNoBatch() throws {
    let exported = ExportedSchema(Schema([Field("a", .date)]))
    let child = try #require(exported.pointer.pointee.children[0])
    do {
      _ = try Schema(importing: child.pointee)
      Issue.record("accepted")
    } catch { #expect(error.message == "the schema of a batch is an Arrow struct, not 'date'") }
  }
}

@Suite struct ArrowMetadataTests {
  @Test func pairsSurviveEncoding() {
    let metadata = ArrowMetadata([("a", "1"), ("", ""), ("ü", "x\u{0}y")])
    let decoded = metadata.encoded().map { CChar(bitPattern: $0) }.withUnsafeBufferPointer {
      ArrowMetadata(encoded: $0.baseAddress)
    }
    #expect(decoded == metadata && decoded["ü"] == "x\u{0}y" && decoded["b"] == nil)
    #expect(metadata.encoded().prefix(4) == [3, 0, 0, 0])
  }

  @Test func nothingAndANegativeCountAreEmpty() {
    #expect(ArrowMetadata(encoded: nil).pairs.isEmpty)
    let negative = [CChar](repeating: -1, count: 4)
    #expect(negative.withUnsafeBufferPointer { ArrowMetadata(encoded: $0.baseAddress) }.pairs.isEmpty)
  }
}
