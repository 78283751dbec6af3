import CLinux
import Glibc
package import HostModel

/// Starts workers with `posix_spawn`, all from one thread: the kernel ends a worker when the thread that started it ends,
/// and lanes come and go.
package final class SystemWorkerSpawner: WorkerSpawner {
  private let lanes = SystemLanes()
  private let monitor: any Monitor
  private let queue = Queue()

  /// Guarded by the monitor.
  private final class Queue: @unchecked Sendable {
    var orders: [Order] = []
    var isRunning = false
  }

  /// One start, with its result. Guarded by the monitor.
  private final class Order: @unchecked Sendable {
    let request: WorkerRequest
    var result: Result<SystemWorkerProcess, Failure>?

    init(_ request: WorkerRequest) { self.request = request }
  }

  package init() { monitor = lanes.makeMonitor() }

  package func start(_ request: WorkerRequest) throws(Failure) -> any WorkerProcess {
    let order = Order(request)
    let result = try monitor.withLock { () throws(Failure) in
      if !queue.isRunning {
        _ = try lanes.start("workers") { [self] in serve() }
        queue.isRunning = true
      }
      queue.orders.append(order)
      monitor.signalAll()
      while order.result == nil { _ = monitor.wait(until: .distantFuture) }
      return order.result
    }
    guard let result else { preconditionFailure("an order is served") }
    return try result.get()
  }

  package func makeMonitor() -> any Monitor { lanes.makeMonitor() }

  private func serve() -> Never {
    while true {
      let order = monitor.withLock {
        while queue.orders.isEmpty { _ = monitor.wait(until: .distantFuture) }
        return queue.orders.removeFirst()
      }
      let result = Result { () throws(Failure) in try SystemWorkerProcess(order.request) }
      monitor.withLock {
        order.result = result
        monitor.signalAll()
      }
    }
  }
}

/// What a worker finds open: its three sockets, the parent's segment, its own, and a file.
enum WorkerDescriptors {
  static let channels: [Int32] = [3, 4, 5]
  static let inbound: Int32 = 6
  static let outbound: Int32 = 7
  /// The number is in `WorkerRequest.passedFile`.
  static let file: Int32 = 8
  static let count: Int32 = 9
}

/// The descriptors that both sides need, while a worker is started.
private struct WorkerEnds: ~Copyable {
  var ours: [Int32] = []
  var theirs: [Int32] = []

  mutating func add(_ name: String, _ make: (UnsafeMutablePointer<Int32>) -> Int32) throws(Failure) {
    var ends: [Int32] = [-1, -1]
    guard make(&ends) == 0 else { throw pathFailure("make it", name) }
    ours.append(ends[0])
    // Out of the way of the numbers that the worker expects.
    let moved = headrace_move_descriptor(ends[1], 64)
    theirs.append(moved >= 0 ? moved : ends[1])
    if moved < 0 { throw pathFailure("make it", name) }
  }

  /// One of ours, to whoever closes it.
  mutating func take(_ index: Int) -> Int32 {
    let taken = ours[index]
    ours[index] = -1
    return taken
  }

  consuming func keepOurs() -> [Int32] {
    let kept = ours
    ours = []
    return kept
  }

  deinit { for descriptor in ours + theirs where descriptor >= 0 { close(descriptor) } }
}

/// A worker, as its parent has it.
final class SystemWorkerProcess: WorkerProcess, @unchecked Sendable {
  // Receiving is for one thread at a time; sending and ending are guarded by their locks.
  let processID: Int32
  private let written: MappedSegment
  let inbound: any SharedMemory
  private let clock = SystemClock()
  let sockets: [FrameSocket]
  private let errors: Int32
  /// Tells of the end, whoever else holds the worker's sockets open.
  private let watch: Int32
  private var said: [UInt8] = []
  /// Whether there was more than is kept.
  private var isCut = false
  private var areErrorsOver = false
  private var isOver = false
  private var alertness = Alertness()
  private let ending: any Monitor
  private var ended: (exit: ProcessExit, said: String)?

  private static let saidBytes = 8 << 10
  /// As much is read at a time, and so many times in a row: twice what a pipe holds unless it is told otherwise.
  private static let chunkBytes = 1 << 12
  private static let mostChunks = 32

  init(_ request: WorkerRequest) throws(Failure) {
    var ends = WorkerEnds()
    for _ in WorkerChannel.allCases { try ends.add("socket") { headrace_socket_pair($0) } }
    let size = request.segmentBytes
    try ends.add("segment") { headrace_shared_segment(size, $0) }
    // Before there is a worker, which could open it anew for writing.
    written = try MappedSegment(taking: ends.take(3), size, isWritable: true, isLast: true)
    try ends.add("segment") { pair in
      // Here the writable end is the worker's.
      let code = headrace_shared_segment(size, pair)
      swap(&pair[0], &pair[1])
      return code
    }
    guard headrace_seal_segment(ends.theirs[4], 1) == 0 else { throw pathFailure("seal it", "segment") }
    try ends.add("pipe") { headrace_pipe($0) }
    // A flood of what nobody reads must not stop the worker.
    _ = headrace_set_nonblocking(ends.theirs[5])
    _ = headrace_set_nonblocking(ends.ours[5])
    (processID, watch) = try Self.watched(try Self.spawn(request, ends.theirs))
    let ours = ends.keepOurs()
    sockets = WorkerChannel.allCases.map { FrameSocket(ours[$0.rawValue], limit: request.frameBytes[$0]) }
    errors = ours[5]
    ending = SystemLanes().makeMonitor()
    do throws(Failure) { inbound = try MappedSegment(taking: ours[4], size, isWritable: false) } catch {
      Self.giveUp(processID)
      for descriptor in ours[0..<3] + [errors, watch] { Glibc.close(descriptor) }
      throw error
    }
  }

  var outbound: UnsafeMutableRawBufferPointer { written.writable }

  /// Ends a process that nobody will watch.
  private static func giveUp(_ process: pid_t) {
    kill(-process, SIGKILL)
    var status: Int32 = 0
    _ = retryingInterrupts { waitpid(process, &status, 0) }
  }

  private static func spawn(_ request: WorkerRequest, _ theirs: [Int32]) throws(Failure) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let input = headrace_memory_file(request.input, request.input.count)
    guard input >= 0 else { throw pathFailure("keep its input in memory", request.executable) }
    defer { close(input) }
    posix_spawn_file_actions_adddup2(&actions, input, 0)
    // Standard output is nobody's: what a plugin writes there is kept with its errors.
    posix_spawn_file_actions_adddup2(&actions, theirs[5], 1)
    posix_spawn_file_actions_adddup2(&actions, theirs[5], 2)
    for (index, descriptor) in theirs[0..<5].enumerated() {
      posix_spawn_file_actions_adddup2(&actions, descriptor, WorkerDescriptors.channels[0] + Int32(index))
    }
    posix_spawn_file_actions_addopen(&actions, WorkerDescriptors.file, request.file, O_RDONLY, 0)
    headrace_spawn_close_from(&actions, WorkerDescriptors.count)
    // A group of its own, so that what a plugin starts is ended with it, and the terminal's signals are the host's alone.
    return try start(request.executable, request.arguments, request.environment, &actions, ownsGroup: true)
  }

  /// - Returns: the process, and a descriptor that tells of its end.
  private static func watched(_ process: pid_t) throws(Failure) -> (process: pid_t, watch: Int32) {
    let watch = headrace_watch_process(process)
    if watch >= 0 { return (process, watch) }
    let failure = pathFailure("watch it", "worker process")
    giveUp(process)
    throw failure
  }

  /// A cancel is sent by who has no time to wait.
  func send(_ frame: [UInt8], on channel: WorkerChannel, until deadline: Instant) -> Bool {
    sockets[channel.rawValue].send(frame, mayWait: channel != .control, until: deadline)
  }

  func receive(until deadline: Instant) -> WorkerArrival {
    while true {
      // Asked first: a worker that never stops sending has a deadline too.
      guard clock.now() < deadline else { return .nothing }
      for channel in [WorkerChannel.services, .calls] {
        switch sockets[channel.rawValue].next() {
        case .frame(let frame): return .frame(channel, frame)
        case .tooLong(let length): return .tooLong(channel, length)
        case .broken where channel == .calls: return .closed
        case .broken, .incomplete: continue
        }
      }
      if isOver { return .closed }
      if alertness.look(takeInWhatIsThere) { continue }
      guard alertness.wait({ wait(until: deadline) }) else { return .nothing }
    }
  }

  /// What was asked for before a result was sent is there before it.
  private func takeInWhatIsThere() -> Bool {
    guard sockets[WorkerChannel.calls.rawValue].takeInWhatIsThere() else { return false }
    if !sockets[WorkerChannel.services.rawValue].isOver {
      _ = sockets[WorkerChannel.services.rawValue].takeInWhatIsThere()
    }
    return true
  }

  /// Waits for bytes and takes them in.
  ///
  /// - Returns: false once the deadline has passed.
  private func wait(until deadline: Instant) -> Bool {
    let heard = [WorkerChannel.calls, .services].map { sockets[$0.rawValue] }
    var polled = heard.map { pollfd(fd: $0.isOver ? -1 : $0.descriptor, events: Int16(POLLIN), revents: 0) }
    polled.append(pollfd(fd: areErrorsOver ? -1 : errors, events: Int16(POLLIN), revents: 0))
    polled.append(pollfd(fd: watch, events: Int16(POLLIN), revents: 0))
    let left = deadline.duration(since: clock.now()).wholeNanoseconds
    guard left > 0 else { return false }
    // A millisecond more than is left, since the rest is rounded down.
    let pause = deadline == .distantFuture ? -1 : Int32(clamping: left / 1_000_000 + 1)
    guard poll(&polled, nfds_t(polled.count), pause) != 0 else { return false }
    if polled[2].revents != 0 { listen() }
    for (socket, found) in zip(heard, polled) where found.revents != 0 { socket.takeIn() }
    // What it had still to say is taken in first.
    isOver = polled[3].revents != 0 && polled[0].revents == 0 && polled[1].revents == 0
    return true
  }

  /// Takes in what the worker has written to its standard error; the last of it is kept. Whoever writes as fast as it is read is
  /// heard again later: a call has a deadline.
  private func listen() {
    var chunk = [UInt8](repeating: 0, count: Self.chunkBytes)
    for _ in 0..<Self.mostChunks {
      let count = read(errors, &chunk, chunk.count)
      if count == 0 { areErrorsOver = true }
      guard count > 0 else { return }
      said += chunk[..<count]
      guard said.count > Self.saidBytes else { continue }
      said.removeFirst(said.count - Self.saidBytes)
      isCut = true
    }
  }

  /// What is kept of it. A line whose beginning is gone is left out: it could begin inside of a secret, which nobody would know
  /// by its other half.
  private var lastWords: String {
    let whole = isCut ? said.drop { $0 != UInt8(ascii: "\n") }.dropFirst() : said[...]
    return String(decoding: whole, as: UTF8.self)
  }

  func end(patience: Duration) -> (exit: ProcessExit, said: String) {
    ending.withLock {
      if let ended { return ended }
      let exit = reap(patience)
      listen()
      for socket in sockets { socket.close() }
      Glibc.close(errors)
      Glibc.close(watch)
      let result = (exit, lastWords)
      ended = result
      return result
    }
  }

  /// The process is not waited for before its group is gone, so that its number is still its own.
  private func reap(_ patience: Duration) -> ProcessExit {
    var polled = pollfd(fd: watch, events: Int16(POLLIN), revents: 0)
    _ = retryingInterrupts { poll(&polled, 1, Int32(clamping: patience.wholeNanoseconds / 1_000_000)) }
    kill(-processID, SIGKILL)
    // It may have left the group that it began.
    _ = headrace_kill_watched(watch)
    var status: Int32 = 0
    _ = retryingInterrupts { waitpid(processID, &status, 0) }
    let signal = headrace_wait_signal(status)
    return signal != 0 ? .signal(signal) : .code(headrace_wait_exit_code(status))
  }

  deinit { _ = end(patience: .zero) }
}
