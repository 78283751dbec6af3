/// An Avro object container: a schema, metadata of its writer, and blocks of values.
///
/// libavro drops the `field-id` attributes that Iceberg lives by and cannot write a file's metadata, hence our own.
package struct AvroFile: Sendable, Hashable {
  package var schema: AvroSchema
  /// The writer's metadata without the keys `avro.schema` and `avro.codec`.
  package var metadata: [String: String]
  package var values: [AvroValue]

  package init(schema: AvroSchema, metadata: [String: String], values: [AvroValue]) {
    self.schema = schema
    self.metadata = metadata
    self.values = values
  }

  private static let magic: [UInt8] = [0x4F, 0x62, 0x6A, 0x01]
  private static let valuesPerBlock = 4096
  /// What one compressed block may grow to; a manifest's block is some hundreds of kilobytes.
  private static let maximumBlockSize = 1 << 28
}

extension AvroFile {
  /// The file's bytes, uncompressed.
  /// - Parameter sync: 16 bytes that do not occur in the values, so random ones.
  package func serialized(sync: [UInt8]) throws(AvroError) -> [UInt8] {
    precondition(sync.count == 16, "a sync marker has 16 bytes")
    var encoder = AvroEncoder()
    encoder.append(raw: Self.magic)
    var header = metadata
    header["avro.schema"] = schema.json.text()
    header["avro.codec"] = "null"
    let entries = header.sorted { $0.key < $1.key }
    encoder.write(long: Int64(entries.count))
    for entry in entries {
      encoder.write(lengthPrefixed: Array(entry.key.utf8))
      encoder.write(lengthPrefixed: Array(entry.value.utf8))
    }
    encoder.write(long: 0)
    encoder.append(raw: sync)
    for start in stride(from: 0, to: values.count, by: Self.valuesPerBlock) {
      let block = values[start..<min(start + Self.valuesPerBlock, values.count)]
      var body = AvroEncoder()
      for value in block { try body.write(value, schema) }
      encoder.write(long: Int64(block.count))
      encoder.write(lengthPrefixed: body.bytes)
      encoder.append(raw: sync)
    }
    return encoder.bytes
  }

  /// Reads a container; `null` and `deflate` are the codecs that writers of Iceberg manifests use.
  package static func parse(_ bytes: [UInt8]) throws(AvroError) -> AvroFile {
    guard bytes.starts(with: magic) else { throw AvroError("this is no Avro file") }
    var decoder = AvroDecoder(bytes, range: magic.count..<bytes.count)
    var metadata = try header(&decoder)
    let codec = metadata.removeValue(forKey: "avro.codec") ?? "null"
    guard let text = metadata.removeValue(forKey: "avro.schema") else { throw AvroError("an Avro file without schema") }
    let json: JSONValue
    do { json = try JSONValue.parse(text) } catch { throw AvroError("the Avro schema is no JSON: \(error)") }
    let schema = try AvroSchema.parse(json)
    let sync = Array(try decoder.take(16))
    var values: [AvroValue] = []
    while !decoder.isAtEnd {
      let count = try decoder.long()
      let body = try decompressed(try decoder.lengthPrefixed(), codec: codec)
      guard try decoder.take(16).elementsEqual(sync) else {
        throw AvroError("a block does not end with the file's sync marker", at: decoder.position)
      }
      try read(count, of: schema, from: body, into: &values)
    }
    return AvroFile(schema: schema, metadata: metadata, values: values)
  }

  private static func header(_ decoder: inout AvroDecoder) throws(AvroError) -> [String: String] {
    guard case .map(let entries) = try decoder.value(.map(.bytes)) else { return [:] }
    var metadata: [String: String] = [:]
    for entry in entries {
      metadata[entry.key] = String(decoding: entry.value.bytesValue ?? [], as: UTF8.self)
    }
    return metadata
  }

  private static func decompressed(_ body: [UInt8], codec: String) throws(AvroError) -> [UInt8] {
    switch codec {
    case "null": return body
    case "deflate":
      do { return try Inflate.decompress(body, maximumSize: maximumBlockSize) } catch {
        throw AvroError("a compressed block is damaged: \(error)")
      }
    default: throw AvroError("the Avro codec '\(codec)' is not supported; null and deflate are")
    }
  }

  private static func read(
    _ count: Int64, of schema: AvroSchema, from body: [UInt8], into values: inout [AvroValue]
  ) throws(AvroError) {
    guard count >= 0 else { throw AvroError("a block of \(count) values") }
    var decoder = AvroDecoder(body)
    var left = count
    while left > 0 {
      values.append(try decoder.value(schema))
      left -= 1
    }
    guard decoder.isAtEnd else { throw AvroError("a block has more bytes than values") }
  }
}
