import Glibc

/// How long threads were ready to run and waited for a processor. That is the machine's doing: where others keep all of them busy a
/// step takes many times as long as it does anything, and none of its plugin's is at fault.
enum ProcessorWait {
  /// The calling thread, as the kernel numbers it; nil where it does not say.
  static var thisThread: pid_t? {
    // PROCESS/task/THREAD
    var text = [CChar](repeating: 0, count: 64)
    let count = readlink("/proc/thread-self", &text, text.count)
    let bytes = text.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
    return pid_t(String(decoding: bytes.split(separator: UInt8(ascii: "/")).last ?? [], as: UTF8.self))
  }

  /// - Returns: nanoseconds since the thread began; nil where the kernel does not say, or no file can be opened.
  static func nanoseconds(of thread: pid_t) -> Int64? {
    let descriptor = open("/proc/self/task/\(thread)/schedstat", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    // Three numbers: how long it ran, how long it waited, how often it ran.
    var text = [UInt8](repeating: 0, count: 128)
    let count = read(descriptor, &text, text.count)
    let words = text.prefix(max(0, count)).split(separator: UInt8(ascii: " "))
    return words.count == 3 ? Int64(String(decoding: words[1], as: UTF8.self)) : nil
  }
}
