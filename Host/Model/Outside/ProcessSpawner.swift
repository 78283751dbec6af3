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
  /// More output than this is read and thrown away.
  public var outputLimit: Int
  /// The child is killed after this.
  public var timeout: Duration

  public init(
    executable: String, arguments: [String], environment: [String: String] = [:], outputLimit: Int = 1 << 20,
    timeout: Duration = .seconds(30)
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.outputLimit = outputLimit
    self.timeout = timeout
  }
}

public struct ProcessResult: Sendable {
  public var exit: ProcessExit
  public var output: [UInt8]
  public var errorOutput: [UInt8]
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
  /// Runs a process to its end, with nothing on its standard input.
  func run(_ request: ProcessRequest) throws(Failure) -> ProcessResult
}
