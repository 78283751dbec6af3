import HostModel
import HostPluginCalls

/// Whoever writes data files now. Used by one lane.
protocol FormatPlace: AnyObject {
  var format: any Format { get }
  /// Whether it has yet to write its first file.
  var isOnTrial: Bool { get }

  /// Lets it write a file of its own, whole; if it fails on trial, another one does so.
  ///
  /// - Parameter body: leaves nothing behind if it fails.
  func write(_ body: (any Format) throws(Failure) -> Void) throws(Failure)
}

extension StageSeat: FormatPlace where Instance == FormatInstance {
  var format: any Format { instance }

  func write(_ body: (any Format) throws(Failure) -> Void) throws(Failure) {
    try use { (format) throws(Failure) in try body(format) }
    // No file is open: while a format is on trial, each one is written in one go.
    try changeOver()
  }
}
