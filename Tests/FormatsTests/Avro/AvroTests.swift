import HostFormats
import TestSupport
import Testing

@Suite struct AvroTests {
  private static let schema = AvroSchema.record(
    AvroRecordSchema(
      name: "everything",
      fields: [
        AvroField("flag", .boolean, id: 1), AvroField("small", .int, id: 2), .optional("large", .long, id: 3),
        AvroField("single", .float, id: 4), AvroField("real", .double, id: 5), AvroField("raw", .bytes, id: 6),
        AvroField("text", .string, id: 7), AvroField("four", .fixed(name: "four", size: 4), id: 8),
        AvroField("list", .list(.long, elementID: 10), id: 9),
        AvroField("counts", .keyValueArray(key: .int, keyID: 12, value: .long, valueID: 13), id: 11),
        AvroField("names", .map(.string), id: 14),
        AvroField("colour", .enumeration(name: "colour", symbols: ["red", "blue"]), id: 15),
      ]))

  private static func value(_ number: Int64) -> AvroValue {
    .record([
      .boolean(number % 2 == 0), .long(Int64(Int32(truncatingIfNeeded: number))),
      number % 3 == 0 ? .null : .long(number), .float(0.5), .double(-1e300), .bytes([0, 255]), .string("é\(number)"),
      .bytes([1, 2, 3, 4]), .array([.long(.min), .long(.max), .long(0), .long(-1)]),
      .array([.record([.long(7), .long(number)])]), .map([AvroMapEntry(key: "k", value: .string("v"))]),
      .string("blue"),
    ])
  }

  private static func file(count: Int64) -> AvroFile {
    AvroFile(
      schema: schema, metadata: ["format-version": "2"], values: (0..<count).map { value($0 &* 0x1234_5678_9ABC) })
  }

  @Test func containerRoundTripsOverSeveralBlocks() throws {
    let file = Self.file(count: 10_000)
    let parsed = try AvroFile.parse(try file.serialized(sync: Array(0..<16)))
    #expect(parsed.values == file.values)
    #expect(parsed.metadata == file.metadata)
    guard case .record(let record) = parsed.schema else { return #expect(Bool(false), "no record") }
    #expect(record.fields.map(\.id) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 14, 15])
  }

  @Test func schemaStatesFieldIDsAndKeyValueArrays() {
    let json = Self.schema.json
    let fields = json["fields"]?.arrayValue ?? []
    #expect(fields[2].text() == #"{"name":"large","type":["null","long"],"default":null,"field-id":3}"#)
    #expect(
      fields[9]["type"]?.text()
        == #"{"type":"array","items":{"type":"record","name":"k12_v13","fields":[{"name":"key","type":"int","field-id":12},"#
        + #"{"name":"value","type":"long","field-id":13}]},"logicalType":"map"}"#)
  }

  @Test func valueOfAnotherTypeIsRefused() {
    var encoder = AvroEncoder()
    #expect(throws: AvroError.self) { try encoder.write(.string("x"), .long) }
    #expect(throws: AvroError.self) { try encoder.write(.long(1 << 40), .int) }
    #expect(throws: AvroError.self) { try encoder.write(.bytes([1]), .fixed(name: "f", size: 2)) }
  }

  @Test func unknownCodecIsNamed() throws {
    var bytes = try Self.file(count: 1).serialized(sync: Array(0..<16))
    let place = try #require(Self.firstRange(of: Array("null".utf8), in: bytes))
    bytes.replaceSubrange(place, with: Array("zstd".utf8))
    let error = #expect(throws: AvroError.self) { try AvroFile.parse(bytes) }
    #expect(error?.message == "the Avro codec 'zstd' is not supported; null and deflate are")
  }

  @Test func damagedFileNeverTraps() throws {
    let seed = TestSeed.of(1)
    print("seed \(seed)")
    var random = Mutator(seed: seed)
    let whole = try Self.file(count: 20).serialized(sync: Array(0..<16))
    var refused = 0
    for _ in 0..<5000 {
      do { _ = try AvroFile.parse(random.damaged(whole)) } catch { refused += 1 }
    }
    #expect(refused > 1000)
  }

  @Test func billionsOfEmptyValuesAreRefused() throws {
    let empty = AvroSchema.array(.null)
    var encoder = AvroEncoder()
    encoder.write(long: 1 << 50)
    var decoder = AvroDecoder(encoder.bytes)
    #expect(throws: AvroError.self) { try decoder.value(empty) }
  }

  private static func firstRange(of needle: [UInt8], in bytes: [UInt8]) -> Range<Int>? {
    (0..<bytes.count - needle.count).first { bytes[$0..<$0 + needle.count].elementsEqual(needle) }
      .map { $0..<$0 + needle.count }
  }
}
