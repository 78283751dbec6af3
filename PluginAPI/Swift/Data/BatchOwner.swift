import CArrow

/// Keeps the buffers of an input batch alive. A borrowed batch stays the host's; one that was moved here is released
/// when the last column that refers to it goes, on whichever thread that is.
final class BatchOwner: @unchecked Sendable {
  private var array: ArrowArray
  private var isOwned = false

  init(borrowing pointer: UnsafePointer<ArrowArray>) { array = pointer.pointee }

  /// Takes the batch over from the host. Done last, when the call is sure to succeed: until then it is the host's.
  func take(from pointer: UnsafeMutablePointer<ArrowArray>) {
    array = pointer.pointee
    pointer.pointee.release = nil
    isOwned = true
  }

  deinit { if isOwned { array.release?(&array) } }
}
