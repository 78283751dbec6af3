/// How a process ended.
public enum ProcessExit: Sendable, Equatable {
  case code(Int32)
  case signal(Int32)
}

/// What to run. The child gets this environment and no other, and of this process's descriptors only the standard three.
public struct ProcessRequest: Sendable {
  public var executable: String
  public var arguments: [String]
  public var environment: [String: String]
  /// What the child reads on its standard input.
  public var input: [UInt8]
  /// More output than this is read and thrown away.
  public var outputLimit: Int
  /// The child is killed after this.
  public var timeout: Duration
  /// The child leads a process group of its own, and all of the group is killed with it. Signals of the terminal then
  /// do not reach it.
  public var ownsGroup: Bool
  /// Kills the child early, as its timeout would.
  public var cancellation: Cancellation?

  public init(
    executable: String, arguments: [String], environment: [String: String] = [:], input: [UInt8] = [],
    outputLimit: Int = 1 << 20, timeout: Duration = .seconds(30), ownsGroup: Bool = false,
    cancellation: Cancellation? = nil
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.input = input
    self.outputLimit = outputLimit
    self.timeout = timeout
    self.ownsGroup = ownsGroup
    self.cancellation = cancellation
  }
}

public struct ProcessResult: Sendable {
  public var exit: ProcessExit
  public var output: [UInt8]
  public var errorOutput: [UInt8]
  /// Whether it was killed because its time was up or it was cancelled.
  public var timedOut: Bool

  public init(exit: ProcessExit, output: [UInt8], errorOutput: [UInt8], timedOut: Bool) {
    self.exit = exit
    self.output = output
    self.errorOutput = errorOutput
    self.timedOut = timedOut
  }
}

/// Starts other processes.
public protocol ProcessSpawner: Sendable {
  /// Runs a process to its end.
  func run(_ request: ProcessRequest) throws(Failure) -> ProcessResult
}
