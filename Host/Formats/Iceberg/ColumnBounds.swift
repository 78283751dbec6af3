/// What may stand as the bound of a column in a manifest.
///
/// A bound has to be cheap to carry, so long strings and bytes are cut; a cut lower bound is still a lower bound, a cut
/// upper bound has to be raised. A reader that trusts a wrong bound loses rows without a word, so what cannot be bounded
/// is left out.
package enum ColumnBounds {
  /// Code points of a string, or bytes of binary, that a bound keeps.
  package static let standardLength = 16

  /// The bytes of a lower bound; nil for NaN.
  package static func lower(
    _ value: IcebergValue, type: IcebergType, length: Int = standardLength
  ) throws(IcebergError) -> [UInt8]? {
    guard !value.isNaN else { return nil }
    switch value {
    case .string(let text): return Array(Substring(text.unicodeScalars.prefix(length)).utf8)
    case .bytes(let bytes) where type == .binary: return Array(bytes.prefix(length))
    // A zero's sign is lost in some statistics: the lower bound is the negative zero and the upper one the positive.
    case .float(0): return try IcebergValue.float(-0.0).serialized(as: type)
    case .double(0): return try IcebergValue.double(-0.0).serialized(as: type)
    default: return try value.serialized(as: type)
    }
  }

  /// The bytes of an upper bound; nil for NaN and for what cannot be raised.
  package static func upper(
    _ value: IcebergValue, type: IcebergType, length: Int = standardLength
  ) throws(IcebergError) -> [UInt8]? {
    guard !value.isNaN else { return nil }
    switch value {
    case .string(let text):
      let isShort = text.unicodeScalars.dropFirst(length).isEmpty
      return isShort ? Array(text.utf8) : raised(Array(text.unicodeScalars.prefix(length)))
    case .bytes(let bytes) where type == .binary:
      return bytes.count <= length ? bytes : raised(Array(bytes.prefix(length)))
    case .float(0): return try IcebergValue.float(0.0).serialized(as: type)
    case .double(0): return try IcebergValue.double(0.0).serialized(as: type)
    default: return try value.serialized(as: type)
    }
  }

  /// The first string after all that begin with these code points.
  private static func raised(_ prefix: [Unicode.Scalar]) -> [UInt8]? {
    var scalars = prefix
    while let last = scalars.popLast() {
      // The code points between are surrogates, which are no characters.
      let next = last.value == 0xD7FF ? 0xE000 : last.value + 1
      guard let scalar = Unicode.Scalar(next) else { continue }
      scalars.append(scalar)
      return Array(String(String.UnicodeScalarView(scalars)).utf8)
    }
    return nil
  }

  private static func raised(_ prefix: [UInt8]) -> [UInt8]? {
    var bytes = prefix
    while let last = bytes.popLast() {
      guard last < 0xFF else { continue }
      return bytes + [last + 1]
    }
    return nil
  }
}
