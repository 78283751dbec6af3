/// The sockets between a process and its worker.
public enum WorkerChannel: Int, Sendable, CaseIterable {
  /// Calls of the parent and their results, one after another.
  case calls
  /// Requests of the worker and their answers, from any of its threads.
  case services
  /// What the parent says in the middle of a call.
  case control
}

/// What a worker is started with.
public struct WorkerRequest: Sendable {
  public var executable: String
  public var arguments: [String]
  public var environment: [String: String]
  /// What the worker reads on its standard input: more than a list of processes should show.
  public var input: [UInt8]
  /// A file that the worker finds open for reading, whoever it is: as `WorkerRequest.passedFile`.
  public var file: String
  /// Of each of the two shared segments. They may be larger than memory: only what is touched is used.
  public var segmentBytes: Int
  /// A longer frame ends the worker.
  public var frameBytes: FrameBytes

  /// The most bytes of a frame, by channel.
  public struct FrameBytes: Sendable {
    public var calls: Int
    /// Of requests and cancels.
    public var others: Int

    public init(calls: Int, others: Int) {
      self.calls = calls
      self.others = others
    }

    public subscript(channel: WorkerChannel) -> Int { channel == .calls ? calls : others }
  }

  public init(
    executable: String, arguments: [String], environment: [String: String] = [:], input: [UInt8], file: String,
    segmentBytes: Int, frameBytes: FrameBytes
  ) {
    self.input = input
    self.file = file
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.segmentBytes = segmentBytes
    self.frameBytes = frameBytes
  }
}

extension WorkerRequest {
  /// Where a worker finds the file that it was given.
  public static let passedFile = "/proc/self/fd/8"
}

/// What has come from a worker.
public enum WorkerArrival: Sendable {
  case frame(WorkerChannel, [UInt8])
  /// The worker has closed its end.
  case closed
  /// The worker has begun a frame of so many bytes, which is more than it may have. Nothing that it sends is a frame any more.
  case tooLong(WorkerChannel, Int)
  /// Nothing came until the deadline.
  case nothing
}

/// Memory that another process writes. It stays mapped as long as anybody holds this, whatever becomes of that process.
///
/// It may change at any time, whatever was agreed: copy first, then look. It cannot become shorter: reading it is safe, and
/// parts that the other side has given back to the system are zeros.
public protocol SharedMemory: AnyObject, Sendable {
  var bytes: UnsafeRawBufferPointer { get }
}

/// A process of ours that does somebody else's work. Sending is for any thread, receiving for one at a time.
public protocol WorkerProcess: AnyObject, Sendable {
  var processID: Int32 { get }

  /// What we share with the worker: it can read this and not write it. Mapped until `end`.
  var outbound: UnsafeMutableRawBufferPointer { get }

  /// What the worker shares with us.
  var inbound: any SharedMemory { get }

  /// - Parameter deadline: how long to wait for a worker that is slow to take it. A frame that is half sent then is the last one on
  ///   its channel.
  /// - Returns: false if the worker is gone, or has not taken it in time.
  func send(_ frame: [UInt8], on channel: WorkerChannel, until deadline: Instant) -> Bool

  func receive(until deadline: Instant) -> WorkerArrival

  /// Ends the process at once, waits for its end, and frees everything. Further calls give the same answer.
  ///
  /// - Parameter patience: how long it may take to end by itself first.
  /// - Returns: how it ended, and the last of what it wrote to its standard error.
  func end(patience: Duration) -> (exit: ProcessExit, said: String)
}

/// Starts workers.
public protocol WorkerSpawner: Sendable {
  func start(_ request: WorkerRequest) throws(Failure) -> any WorkerProcess

  /// For whoever has to wait before the next start.
  func makeMonitor() -> any Monitor
}

/// The worker's side. Sending is for any thread; each channel is received from by one thread.
public protocol WorkerEndpoint: AnyObject, Sendable {
  /// What the parent shares with us.
  var inbound: any SharedMemory { get }
  /// What we share with the parent.
  var outbound: UnsafeMutableRawBufferPointer { get }

  /// - Returns: false if the parent is gone. Never waits on a channel where nobody has to listen.
  func send(_ frame: [UInt8], on channel: WorkerChannel, mayWait: Bool) -> Bool

  /// The next frame; nil once the parent is gone.
  func receive(on channel: WorkerChannel) -> [UInt8]?

  /// Ends the process at once.
  func exit() -> Never
}
