public import HostModel
package import HostPolicy

/// What the body of a call is told about the attempt that it is to make.
public struct Attempt: ~Copyable {
  /// Counted from 1.
  public let number: Int
  /// When the dependency has to be done: the call's deadline or the attempt's own timeout, whichever is earlier. It
  /// may be early by one tick of the gate.
  public let deadline: Instant
  @usableFromInline let word: SiteWord

  @inlinable init(number: Int, deadline: Instant, word: SiteWord) {
    self.number = number
    self.deadline = deadline
    self.word = word
  }

  /// The variant in which the feature runs now.
  package var mode: FeatureMode { word.mode }
}
