import HeadracePlugin

/// How a field of a binary COPY becomes a value of an Arrow column. Chosen once per column.
indirect enum Decoding: Hashable, Sendable {
  case bool, int2, int4, int8, float4, float8
  /// Bytes of text in the client's encoding, which is UTF-8.
  case text
  /// As `text`, behind one byte that states the format's version.
  case jsonb
  case bytes, uuid
  /// Days, and microseconds, since 2000-01-01.
  case date, time, timestamp
  /// To a decimal of 128 bits.
  case numeric(precision: Int, scale: Int)
  /// An array of one dimension whose first subscript is 1.
  case list(Decoding)

  var layout: ColumnLayout {
    switch self {
    case .bool: .bool
    case .int2, .int4, .float4, .date: .fixed(bytes: 4)
    case .int8, .float8, .time, .timestamp: .fixed(bytes: 8)
    case .uuid, .numeric: .fixed(bytes: 16)
    case .text, .jsonb, .bytes: .bytes
    case .list(let element): .list(element.layout)
    }
  }
}
