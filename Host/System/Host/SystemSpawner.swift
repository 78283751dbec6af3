import CLinux
import Glibc
package import HostModel

/// Starts processes with `posix_spawn`.
package struct SystemSpawner: ProcessSpawner {
  private let clock = SystemClock()

  package init() {}

  package func run(_ request: ProcessRequest) throws(Failure) -> ProcessResult {
    let output = try Pipe()
    let errors = try Pipe()
    let input = try Self.input(request)
    defer { if input >= 0 { close(input) } }
    let process = try spawn(request, input: input, output: output, errors: errors)
    output.closeWriteEnd()
    errors.closeWriteEnd()
    let deadline = clock.now().advanced(by: request.timeout)
    let collected = collect(request, process: process, from: [output, errors], until: deadline)
    let (status, killed) = wait(request, for: process, until: deadline, isKilled: collected.timedOut)
    let signal = headrace_wait_signal(status)
    return ProcessResult(
      exit: signal != 0 ? .signal(signal) : .code(headrace_wait_exit_code(status)), output: collected.bytes[0],
      errorOutput: collected.bytes[1], timedOut: killed)
  }

  /// The input as a file in memory: a child that does not read it neither blocks us nor costs us a SIGPIPE.
  /// - Returns: -1 if there is none.
  private static func input(_ request: ProcessRequest) throws(Failure) -> Int32 {
    guard !request.input.isEmpty else { return -1 }
    let descriptor = headrace_memory_file(request.input, request.input.count)
    guard descriptor >= 0 else { throw pathFailure("keep its input in memory", request.executable) }
    return descriptor
  }

  private func spawn(
    _ request: ProcessRequest, input: Int32, output: Pipe, errors: Pipe
  ) throws(Failure) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if input >= 0 {
      posix_spawn_file_actions_adddup2(&actions, input, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, output.writeEnd, 1)
    posix_spawn_file_actions_adddup2(&actions, errors.writeEnd, 2)
    // Descriptors of ours carry close-on-exec; a library's may not.
    headrace_spawn_close_from(&actions, 3)
    return try start(
      request.executable, request.arguments, request.environment, &actions, ownsGroup: request.ownsGroup)
  }

  /// The process is not waited for yet, so its number is still its own.
  private static func end(_ process: pid_t, _ request: ProcessRequest) {
    kill(request.ownsGroup ? -process : process, SIGKILL)
  }

  private func isOver(_ request: ProcessRequest, _ deadline: Instant) -> Bool {
    clock.now() >= deadline || request.cancellation?.isCancelled == true
  }

  /// Reads both pipes until they are closed or the time is up; then the process is killed.
  private func collect(
    _ request: ProcessRequest, process: pid_t, from pipes: [Pipe], until deadline: Instant
  ) -> (bytes: [[UInt8]], timedOut: Bool) {
    // After the kill a grandchild may hold a pipe open: one second is enough for what is still in it.
    var end = deadline
    var bytes: [[UInt8]] = pipes.map { _ in [] }
    var open = Set(pipes.indices)
    var timedOut = false
    while !open.isEmpty {
      let now = clock.now()
      if !timedOut, isOver(request, deadline) {
        timedOut = true
        end = now.advanced(by: .seconds(1))
        Self.end(process, request)
      }
      var left = end.duration(since: now).wholeNanoseconds / 1_000_000
      if timedOut, left <= 0 { break }
      // Nothing wakes a poll when somebody cancels, so it looks now and then.
      if request.cancellation != nil, !timedOut { left = min(left, 20) }
      var polled = pipes.indices.map { index in
        pollfd(fd: open.contains(index) ? pipes[index].readEnd : -1, events: Int16(POLLIN), revents: 0)
      }
      // A millisecond more than is left, since the rest was rounded down.
      guard poll(&polled, nfds_t(polled.count), Int32(clamping: left + 1)) > 0 else { continue }
      for index in polled.indices where polled[index].revents != 0 {
        if !pipes[index].readSome(into: &bytes[index], limit: request.outputLimit) { open.remove(index) }
      }
    }
    return (bytes, timedOut)
  }

  /// Waits for a process that may have closed its pipes and go on all the same.
  private func wait(
    _ request: ProcessRequest, for process: pid_t, until deadline: Instant, isKilled: Bool
  ) -> (status: Int32, killed: Bool) {
    var status: Int32 = 0
    var killed = isKilled
    while true {
      let ended = retryingInterrupts { waitpid(process, &status, killed ? 0 : WNOHANG) }
      if ended != 0 { return (status, killed) }
      if isOver(request, deadline) {
        Self.end(process, request)
        killed = true
      } else {
        _ = poll(nil, 0, 2)
      }
    }
  }
}

private final class Pipe {
  private(set) var readEnd: Int32
  private(set) var writeEnd: Int32

  init() throws(Failure) {
    var ends: [Int32] = [-1, -1]
    guard headrace_pipe(&ends) == 0 else { throw pathFailure("make it", "pipe") }
    readEnd = ends[0]
    writeEnd = ends[1]
  }

  deinit {
    close(readEnd)
    closeWriteEnd()
  }

  func closeWriteEnd() {
    if writeEnd >= 0 { close(writeEnd) }
    writeEnd = -1
  }

  /// False at the end of the stream.
  func readSome(into bytes: inout [UInt8], limit: Int) -> Bool {
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
    let count = retryingInterrupts { read(readEnd, &chunk, chunk.count) }
    guard count > 0 else { return false }
    bytes.append(contentsOf: chunk[..<min(count, max(0, limit - bytes.count))])
    return true
  }
}

/// Starts a program with this environment and no other.
///
/// - Parameter ownsGroup: the child leads a process group of its own.
func start(
  _ executable: String, _ arguments: [String], _ environment: [String: String],
  _ actions: inout posix_spawn_file_actions_t, ownsGroup: Bool = false
) throws(Failure) -> pid_t {
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  setUp(&attributes, ownsGroup: ownsGroup)
  let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
  var process = pid_t()
  let code = withCStrings([executable] + arguments) { arguments in
    withCStrings(variables) { posix_spawn(&process, executable, &actions, &attributes, arguments, $0) }
  }
  guard code == 0 else { throw pathFailure("start it", executable, code: code) }
  return process
}

/// A run blocks the signals that stop it and ignores SIGPIPE; its children begin as any program does.
private func setUp(_ attributes: inout posix_spawnattr_t, ownsGroup: Bool) {
  var none = sigset_t()
  sigemptyset(&none)
  posix_spawnattr_setsigmask(&attributes, &none)
  var defaults = sigset_t()
  sigemptyset(&defaults)
  sigaddset(&defaults, SIGPIPE)
  posix_spawnattr_setsigdefault(&attributes, &defaults)
  var flags = Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)
  if ownsGroup {
    posix_spawnattr_setpgroup(&attributes, 0)
    flags |= Int16(POSIX_SPAWN_SETPGROUP)
  }
  posix_spawnattr_setflags(&attributes, flags)
}

/// Lends strings as a NULL-terminated array of C strings.
private func withCStrings<R>(_ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R) -> R {
  let copies = strings.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  return body(copies + [nil])
}
