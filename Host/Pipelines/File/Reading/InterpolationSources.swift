/// Where `${...}` finds its values. The host passes its environment and its file system; a test passes its own.
package struct InterpolationSources: Sendable {
  /// Why a file's content is not to be had, in words for the message: "there is no such file".
  package struct Unreadable: Error, Sendable {
    package var reason: String
    package init(_ reason: String) { self.reason = reason }
  }

  /// The value of an environment variable; nil if it is not set.
  package var environment: @Sendable (String) -> String?
  /// At most so many bytes of a file, given its path as written (relative to the pipeline file) and the number.
  package var readFile: @Sendable (String, Int) throws(Unreadable) -> [UInt8]

  package init(
    environment: @escaping @Sendable (String) -> String?,
    readFile: @escaping @Sendable (String, Int) throws(Unreadable) -> [UInt8]
  ) {
    self.environment = environment
    self.readFile = readFile
  }

  /// The most that `${file:...}` reads: 64 KiB.
  package static let longestFile = 64 << 10
  /// The longest text that one scalar may become: 1 MiB.
  package static let longestResult = 1 << 20
}
