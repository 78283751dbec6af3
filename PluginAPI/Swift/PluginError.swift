import CHeadrace

/// Why a call failed, for a program and for a person. Every function of a plugin may throw one; any other error that
/// is thrown reaches the host as `fatal`, and the instance is not used again.
public struct PluginError: Error, Sendable, CustomStringConvertible {
  /// What the host concludes from a failure. The raw values are those of `headrace/status.h`.
  public enum Status: Int32, Sendable, CaseIterable {
    /// The host asked for the end of the call.
    case cancelled = 2
    /// The time that the host gave is up.
    case deadlineExceeded = 3
    /// The dependency did not answer in its time. Repeated by the host.
    case timeout = 4
    /// A network reset, a restarting server. Repeated by the host.
    case transient = 6
    /// The dependency asks for a slower pace; see `retryAfter`. Repeated by the host.
    case throttled = 7
    case quotaExhausted = 8
    case unauthenticated = 9
    case permissionDenied = 10
    /// What the user wrote does not fit. The message names the key or the column.
    case invalidConfig = 11
    /// The data is wrong and the plugin is healthy.
    case badRecord = 12
    case notFound = 13
    /// Data that was read has changed since.
    case conflict = 14
    case unsupported = 15
    case contentFiltered = 16
    /// A stream was cut short. Repeated by the host.
    case truncated = 17
    /// The instance is unusable: every later call to it fails with this error.
    case fatal = 18
  }

  public var status: Status
  /// What happened and to what. Names no secret and does not end in a full stop.
  public var message: String
  /// The dependency's own number (errno, HTTP), 0 if it has none.
  public var vendorCode: Int64
  /// The dependency's own code as text (SQLSTATE), empty if it has none.
  public var vendorState: String
  /// How long the dependency asks to wait.
  public var retryAfter: Duration?
  public var details: [Detail]

  /// A fact beside the message: `host`, `db.example.org`.
  public struct Detail: Sendable, Hashable {
    public var key: String
    public var value: String
    public init(_ key: String, _ value: String) {
      self.key = key
      self.value = value
    }
  }

  public init(
    _ status: Status, _ message: String, vendorCode: Int64 = 0, vendorState: String = "",
    retryAfter: Duration? = nil, details: [Detail] = []
  ) {
    self.status = status
    self.message = message
    self.vendorCode = vendorCode
    self.vendorState = vendorState
    self.retryAfter = retryAfter
    self.details = details
  }

  public var description: String { message }
}
