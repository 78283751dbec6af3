import HostFormats
import HostLake
import HostModel
import HostPluginCalls

/// What the durable queue knows of a raw batch beside its rows, or of the end of its split.
struct SpoolHeader: Sendable, Equatable {
  /// The run of the stream that read it; see `RunMark`.
  var run: UInt64
  /// The split's, so that a batch of a file that was exchanged is never taken for one of the new file.
  var identity: String
  /// The position that the batch follows: a reader that has come to another one has a gap before it.
  var previous: UInt64
  var ordinal: UInt64
  var position: [UInt8]
  var sourceBytes: Int64
  var rejects: [Reject]
  /// No batch: the split was read to its end.
  var isEnd: Bool
}

/// A record of a split's queue: `length of the header (4), header as JSON, the batch`, the batch as `BatchCodec` has it.
enum SpoolRecord {
  static func encode(_ header: SpoolHeader, _ rows: borrowing RecordBatch) throws(Failure) -> [UInt8] {
    let batch = try BatchCodec.encode(rows)
    return encode(header, body: batch)
  }

  static func encode(end header: SpoolHeader) -> [UInt8] { encode(header, body: []) }

  private static func encode(_ header: SpoolHeader, body: [UInt8]) -> [UInt8] {
    let text = header.json.serialized()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4 + text.count + body.count)
    for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: text.count >> shift)) }
    bytes += text
    bytes += body
    return bytes
  }

  /// - Throws: a failure with the status `fatal` for bytes that are no such record.
  static func header(_ bytes: [UInt8]) throws(Failure) -> SpoolHeader {
    let end = try headerEnd(bytes)
    guard let json = try? JSONValue.parse(Array(bytes[4..<end])), let header = SpoolHeader(json) else {
      throw malformed
    }
    return header
  }

  static func rows(_ bytes: [UInt8]) throws(Failure) -> RecordBatch {
    let end = try headerEnd(bytes)
    var result: Result<BatchBox, Failure> = .failure(malformed)
    bytes.withUnsafeBytes { bytes in
      result = Result { () throws(Failure) in
        BatchBox(try BatchCodec.decode(UnsafeRawBufferPointer(rebasing: bytes[end...])))
      }
    }
    return try result.get().take()
  }

  private static func headerEnd(_ bytes: [UInt8]) throws(Failure) -> Int {
    guard bytes.count >= 4 else { throw malformed }
    let length = (0..<4).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
    guard length <= bytes.count - 4 else { throw malformed }
    return 4 + length
  }

  private static var malformed: Failure {
    Failure(.run, "a record of the durable queue is of another form", status: .fatal)
  }
}

extension SpoolHeader {
  fileprivate var json: JSONValue {
    .object([
      "run": .string(String(run)), "identity": .string(identity), "previous": .string(String(previous)),
      "ordinal": .string(String(ordinal)), "position": .string(Base64.encode(position)),
      "source_bytes": .integer(sourceBytes), "rejects": .array(rejects.map(\.json)), "end": .bool(isEnd),
    ])
  }

  fileprivate init?(_ json: JSONValue) {
    func number(_ key: String) -> UInt64? { json[key]?.stringValue.flatMap { UInt64($0) } }
    guard let run = number("run"), let previous = number("previous"), let ordinal = number("ordinal"),
      let identity = json["identity"]?.stringValue, let sourceBytes = json["source_bytes"]?.integerValue,
      let position = json["position"]?.stringValue.flatMap({ Base64.decode($0) }), let isEnd = json["end"]?.boolValue,
      let entries = json["rejects"]?.arrayValue
    else { return nil }
    let rejects = entries.compactMap { Reject($0) }
    guard rejects.count == entries.count else { return nil }
    self.init(
      run: run, identity: identity, previous: previous, ordinal: ordinal, position: position,
      sourceBytes: sourceBytes, rejects: rejects, isEnd: isEnd)
  }
}

extension Reject {
  fileprivate var json: JSONValue {
    .object([
      "status": .integer(Int64(status.rawValue)), "row": row.map { .integer(Int64($0)) } ?? .null,
      "place": .string(place), "reason": .string(reason), "record": .string(Base64.encode(record)),
    ])
  }

  fileprivate init?(_ json: JSONValue) {
    guard let status = json["status"]?.integerValue.flatMap({ Status(rawValue: Int32(clamping: $0)) }),
      let place = json["place"]?.stringValue, let reason = json["reason"]?.stringValue,
      let record = json["record"]?.stringValue.flatMap({ Base64.decode($0) })
    else { return nil }
    self.init(
      status: status, row: json["row"]?.integerValue.map { Int(clamping: $0) }, place: place, reason: reason,
      record: record)
  }
}
