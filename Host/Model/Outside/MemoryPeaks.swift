/// The most memory that processes have had at one time.
public protocol MemoryPeaks: Sendable {
  /// Of a process: bytes of its pages in memory, with those that it shares; nil where the system does not tell, or for one that is gone.
  ///
  /// - Parameter process: nil: this one.
  func peak(of process: Int32?) -> Int64?

  /// Begins anew for this process. Where the system cannot, its peak stays that since it was started.
  func forgetPeak()
}
