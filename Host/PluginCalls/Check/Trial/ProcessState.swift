import CLinux
import Glibc

/// What a plugin shares with its host and has to leave as it found it.
struct ProcessState: Sendable {
  private let aspects: [(clause: String, what: String, value: String)]
  private let files: [Int32: String]

  /// - Parameter descriptors: files of the host's that have to stay open.
  init(descriptors: [Int32]) {
    aspects = Self.read()
    files = Dictionary(uniqueKeysWithValues: (descriptors + [0, 1, 2]).map { ($0, Self.file($0)) })
  }

  /// What has changed since, or was written to a standard stream; nil if all is as it was.
  func verdict(output: [Int32]) -> Verdict? {
    for (descriptor, before) in files where Self.file(descriptor) != before {
      return Verdict(.broken, "PRC-7", "it closed or replaced descriptor \(descriptor), which is its host's")
    }
    if lseek(STDIN_FILENO, 0, SEEK_CUR) != 0 { return Verdict(.broken, "PRC-3", "it read from standard input") }
    for (stream, descriptor) in zip(["output", "error"], output) {
      let said = Self.content(descriptor)
      if !said.isEmpty { return Verdict(.broken, "PRC-3", "it wrote to standard \(stream): \(said)") }
    }
    for (before, after) in zip(aspects, Self.read()) where before.value != after.value {
      return Verdict(.broken, before.clause, "it changed \(before.what): \(before.value) became \(after.value)")
    }
    return nil
  }

  private static func read() -> [(clause: String, what: String, value: String)] {
    [
      ("PRC-4", "the handlers of signals", handlers()), ("PRC-4", "the mask of signals", mask()),
      ("PRC-4", "a timer", timer()), ("PRC-5", "the working folder", folder()), ("PRC-5", "the umask", currentUmask()),
      ("PRC-5", "the environment", environment()),
      ("PRC-5", "the locale", setlocale(LC_ALL, nil).map { String(cString: $0) } ?? ""),
      ("PRC-5", "the priority", String(getpriority(__priority_which_t(0), 0))), ("PRC-5", "the limits", limits()),
      ("PRC-5", "the name of the process", text("/proc/self/comm")),
      ("PRC-5", "the process group", "\(getpgrp()) \(getsid(0))"),
    ]
  }

  private static func folder() -> String {
    guard let path = getcwd(nil, 0) else { return "" }
    defer { free(path) }
    return String(cString: path)
  }

  private static func handlers() -> String {
    (1..<32).map { signal -> String in
      var action = sigaction()
      guard sigaction(Int32(signal), nil, &action) == 0 else { return "-" }
      let handler = unsafeBitCast(action.__sigaction_handler.sa_handler, to: UInt.self)
      return handler == 0 ? "." : "\(signal):\(handler)"
    }.joined()
  }

  private static func mask() -> String {
    var set = sigset_t()
    pthread_sigmask(SIG_BLOCK, nil, &set)
    return (1..<32).map { sigismember(&set, Int32($0)) == 1 ? "1" : "0" }.joined()
  }

  private static func timer() -> String {
    var value = itimerval()
    getitimer(__itimer_which_t(0), &value)
    return value.it_value.tv_sec != 0 || value.it_value.tv_usec != 0 ? "set" : "none"
  }

  private static func currentUmask() -> String {
    let mask = umask(0o077)
    umask(mask)
    return String(mask, radix: 8)
  }

  private static func environment() -> String {
    var names: [String] = []
    var place = headrace_environment()
    while let variable = place?.pointee {
      names.append(String(cString: variable))
      place = place?.successor()
    }
    return names.joined(separator: " ")
  }

  private static func limits() -> String {
    (Int32(0)..<16).map { kind -> String in
      var limit = rlimit()
      getrlimit(__rlimit_resource_t(kind), &limit)
      return "\(limit.rlim_cur)/\(limit.rlim_max)"
    }.joined(separator: " ")
  }

  private static func file(_ descriptor: Int32) -> String {
    var found = stat()
    guard fstat(descriptor, &found) == 0 else { return "closed" }
    return "\(found.st_dev) \(found.st_ino)"
  }

  private static func content(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 200)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  private static func text(_ path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1 << 12)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }
}

/// What a process holds: it has to be the same after each life of an instance.
struct ProcessHoldings: Equatable {
  var descriptors: Int
  var threads: Int
  var children: Int
  /// Bytes of the heap in use.
  var heap: Int
  /// Blocks of the host's allocator.
  var blocks: Int

  static func now(_ host: CheckHost) -> ProcessHoldings {
    return ProcessHoldings(
      descriptors: entries("/proc/self/fd").count, threads: threads().count, children: children(),
      heap: Int(headrace_heap_in_use()), blocks: host.blocks)
  }

  static func threads() -> Set<Int32> { entries("/proc/self/task") }

  /// The numbers that are the names of a folder's entries.
  private static func entries(_ path: String) -> Set<Int32> {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var numbers: Set<Int32> = []
    while let entry = readdir(folder) {
      withUnsafePointer(to: &entry.pointee.d_name) { name in
        name.withMemoryRebound(to: CChar.self, capacity: 256) { text in
          if let number = Int32(String(cString: text)) { numbers.insert(number) }
        }
      }
    }
    return numbers
  }

  private static func children() -> Int {
    let descriptor = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return 0 }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1 << 12)
    let count = max(0, read(descriptor, &bytes, bytes.count))
    return bytes.prefix(count).split(separator: UInt8(ascii: " ")).count
  }
}

/// How the calling thread does floating point.
struct Arithmetic: Equatable {
  private var rounding: Int32
  private var trapping: Int32

  static var now: Arithmetic {
    Arithmetic(rounding: headrace_rounding(), trapping: headrace_trapping_arithmetic())
  }

  /// Puts it back as it was.
  ///
  /// - Returns: what had been changed; nil if nothing was.
  func mended() -> String? {
    let found = Self.now
    guard found != self else { return nil }
    headrace_set_arithmetic(rounding, trapping)
    return found.rounding != rounding ? "how floating point rounds" : "which floating point traps"
  }
}
