/// What the machine's counters say at one moment. nil where the system does not tell.
public struct MachineReading: Sendable, Equatable {
  /// Processor time since the machine started, of all processors together, in nanoseconds.
  public struct Processor: Sendable, Equatable {
    public var total: Int64
    /// What was not idle.
    public var busy: Int64
    /// What this process has used.
    public var own: Int64

    public init(total: Int64, busy: Int64, own: Int64) {
      self.total = total
      self.busy = busy
      self.own = own
    }
  }

  /// In bytes.
  public struct Memory: Sendable, Equatable {
    public var total: Int64
    /// What programs could still have.
    public var available: Int64

    public init(total: Int64, available: Int64) {
      self.total = total
      self.available = available
    }
  }

  public var processor: Processor?
  public var memory: Memory?

  public init(processor: Processor? = nil, memory: Memory? = nil) {
    self.processor = processor
    self.memory = memory
  }
}

/// The machine that the host runs on, as far as its levels depend on it.
public protocol MachineGauges: Sendable {
  func read() -> MachineReading

  /// What a user can still write on the disk that holds a path; nil if nobody knows.
  func freeBytes(at path: String) -> Int64?
}
