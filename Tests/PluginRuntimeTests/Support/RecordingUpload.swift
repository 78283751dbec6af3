import HostModel

/// Keeps what a format writes, or refuses it.
final class RecordingUpload: ObjectUpload {
  var bytes: [UInt8] = []
  var failure: Failure?
  var isFinished = false
  var isAborted = false

  func write(_ more: UnsafeRawBufferPointer) throws(Failure) {
    if let failure { throw failure }
    bytes.append(contentsOf: more)
  }

  func finish() { isFinished = true }
  func abort() { isAborted = !isFinished }
}
