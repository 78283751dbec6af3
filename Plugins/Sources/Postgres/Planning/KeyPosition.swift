import HeadracePlugin

/// Where a split stands: the key of the last row, in PostgreSQL's text form. A position of a relation without a key has
/// no values and cannot be resumed.
struct KeyPosition {
  private static let version: UInt8 = UInt8(ascii: "1")
  private static let maximumBytes = 16_384

  var values: [String]

  /// Throws `unsupported` for a key that is longer than the plugin interface takes.
  func bytes() throws -> [UInt8] {
    var bytes = [Self.version]
    for value in values {
      bytes += value.utf8
      bytes.append(0)
    }
    guard bytes.count <= Self.maximumBytes else {
      throw PluginError(.unsupported, "a key of \(bytes.count) bytes is too long for a position (\(Self.maximumBytes))")
    }
    return bytes
  }

  init(values: [String]) { self.values = values }

  init(_ bytes: [UInt8], keyCount: Int) throws {
    values = bytes.dropFirst().split(separator: 0, omittingEmptySubsequences: false).dropLast()
      .map { String(decoding: $0, as: UTF8.self) }
    guard bytes.first == Self.version, values.count == keyCount else {
      throw PluginError(.conflict, "the position was not made for this table's key; start the stream again")
    }
  }
}
