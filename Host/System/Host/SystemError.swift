import Glibc
import HostModel

/// The system's text for an error number.
package func errorText(_ code: Int32) -> String {
  var buffer = [CChar](repeating: 0, count: 256)
  guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
  return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// A failure of a call on a path, from `errno`.
func pathFailure(_ action: String, _ path: String, code: Int32 = errno) -> Failure {
  let (status, advice): (Status, String?) =
    switch code {
    case ENOENT, ENOTDIR: (.notFound, nil)
    case EEXIST, ENOTEMPTY: (.conflict, nil)
    case EACCES, EPERM, EROFS: (.permissionDenied, "check the permissions of the folder")
    // Somebody has to act: to ask again at once is of no use.
    case ENOSPC, EDQUOT: (.quotaExhausted, Failure.freeSpaceAdvice)
    case EMFILE, ENFILE: (.transient, "raise the limit on open files (ulimit -n)")
    default: (.transient, nil)
    }
  return Failure(.environment, "\(path): cannot \(action): \(errorText(code))", advice: advice, status: status)
}

/// Repeats a call that a signal interrupted.
func retryingInterrupts<R: SignedInteger>(_ call: () -> R) -> R {
  while true {
    let result = call()
    if result != -1 || errno != EINTR { return result }
  }
}
