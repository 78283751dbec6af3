/// What the operating system says, for `headrace doctor`.
package struct MachineFacts: Sendable {
  /// Such as `Linux 6.1.0, x86_64`.
  package var system: String
  package var processors: Int
  package var memoryBytes: Int64
  /// The soft limit of this process (`ulimit -n`).
  package var openFiles: Int64
  /// Bytes that are free for us where the home is; nil if that is not known.
  package var freeBytes: Int64?
  /// Interpreters to try, best first: absolute paths.
  package var pythons: [String]

  package init(
    system: String, processors: Int, memoryBytes: Int64, openFiles: Int64, freeBytes: Int64?, pythons: [String]
  ) {
    self.system = system
    self.processors = processors
    self.memoryBytes = memoryBytes
    self.openFiles = openFiles
    self.freeBytes = freeBytes
    self.pythons = pythons
  }
}
