/// Paths as the kernel reads them, byte by byte: to a string, a slash that is followed by a combining accent is another
/// character, and no slash.
public enum PathText {
  private static let slash = UInt8(ascii: "/")

  /// The folder that a path's file is in: `/` of what stands in the root, and `.` of a mere name.
  public static func folder(of path: String) -> String {
    guard let last = path.utf8.lastIndex(of: slash) else { return "." }
    return last == path.startIndex ? "/" : String(path[..<last])
  }

  /// What stands between the slashes, empty where two follow each other.
  public static func steps(_ path: String) -> [String] {
    path.utf8.split(separator: slash, omittingEmptySubsequences: false).map { String(Substring($0)) }
  }

  /// Whether a path leads upwards on its way.
  public static func climbs(_ path: String) -> Bool { steps(path).contains("..") }
}
