/// How a call into a plugin or a server ended.
///
/// One table serves the C header, the retry policy, the breaker, dead-lettering and the documentation: `Status.traits`.
/// The raw values are those of `headrace/status.h` and never change.
public enum Status: Int32, Sendable, CaseIterable {
  case ok = 0
  /// The stream has no more batches; nothing was returned with this status.
  case endOfStream = 1
  /// The caller cancelled the call.
  case cancelled = 2
  /// The caller's own time is up.
  case deadlineExceeded = 3
  /// The dependency did not answer in its time; the caller still has some.
  case timeout = 4
  /// The gate refused the call; its cause says which of the gate's parts did.
  case rejected = 5
  /// A network reset, a temporary unavailability: the same call may succeed later.
  case transient = 6
  /// The dependency asks for a slower pace (HTTP 429), usually with `retry_after`.
  case throttled = 7
  /// A quota is used up until it is reset: retrying is pointless, another provider is not.
  case quotaExhausted = 8
  case unauthenticated = 9
  case permissionDenied = 10
  case invalidConfig = 11
  /// The data is wrong and the plugin is healthy: the record becomes a dead letter.
  case badRecord = 12
  case notFound = 13
  case conflict = 14
  case unsupported = 15
  /// A provider refused the content; never routed around.
  case contentFiltered = 16
  /// A stream was cut short; never a success.
  case truncated = 17
  /// The instance is unusable and must be destroyed.
  case fatal = 18
  /// The process or instance died under the call. Raised by the host only.
  case crashed = 19
  /// The call outlived its deadline and does not return. Raised by the host only.
  case hung = 20
}

extension Status {
  /// What the rest of the host concludes from a status.
  public struct Traits: Sendable, Equatable {
    /// Who may report this status.
    public enum Origin: String, Sendable {
      case plugin, host
    }
    public let origin: Origin
    /// Whether the same call, repeated, can succeed.
    public let isRetriable: Bool
    /// Whether the call counts as a failure in the breaker of its dependency.
    public let countsAgainstBreaker: Bool
    /// Whether the failure is evidence for raising the degradation level.
    public let movesDegradation: Bool
  }

  public var traits: Traits {
    switch self {
    case .ok, .endOfStream:
      Traits(origin: .plugin, isRetriable: false, countsAgainstBreaker: false, movesDegradation: false)
    case .cancelled, .deadlineExceeded:
      // The caller gave up: that says nothing about the dependency.
      Traits(origin: .plugin, isRetriable: false, countsAgainstBreaker: false, movesDegradation: false)
    case .rejected:
      Traits(origin: .host, isRetriable: false, countsAgainstBreaker: false, movesDegradation: false)
    case .timeout, .transient:
      Traits(origin: .plugin, isRetriable: true, countsAgainstBreaker: true, movesDegradation: true)
    case .throttled:
      Traits(origin: .plugin, isRetriable: true, countsAgainstBreaker: true, movesDegradation: true)
    case .quotaExhausted, .unauthenticated, .permissionDenied:
      Traits(origin: .plugin, isRetriable: false, countsAgainstBreaker: true, movesDegradation: true)
    case .invalidConfig, .badRecord, .notFound, .conflict, .unsupported, .contentFiltered:
      // The dependency answered, and the answer was about the request.
      Traits(origin: .plugin, isRetriable: false, countsAgainstBreaker: false, movesDegradation: false)
    case .truncated:
      Traits(origin: .plugin, isRetriable: true, countsAgainstBreaker: true, movesDegradation: true)
    case .fatal:
      Traits(origin: .plugin, isRetriable: false, countsAgainstBreaker: true, movesDegradation: true)
    case .crashed, .hung:
      Traits(origin: .host, isRetriable: true, countsAgainstBreaker: true, movesDegradation: true)
    }
  }

  /// The name used in headers, events, metrics and messages: `quota_exhausted`.
  public var name: String {
    switch self {
    case .ok: "ok"
    case .endOfStream: "end_of_stream"
    case .cancelled: "cancelled"
    case .deadlineExceeded: "deadline_exceeded"
    case .timeout: "timeout"
    case .rejected: "rejected"
    case .transient: "transient"
    case .throttled: "throttled"
    case .quotaExhausted: "quota_exhausted"
    case .unauthenticated: "unauthenticated"
    case .permissionDenied: "permission_denied"
    case .invalidConfig: "invalid_config"
    case .badRecord: "bad_record"
    case .notFound: "not_found"
    case .conflict: "conflict"
    case .unsupported: "unsupported"
    case .contentFiltered: "content_filtered"
    case .truncated: "truncated"
    case .fatal: "fatal"
    case .crashed: "crashed"
    case .hung: "hung"
    }
  }

  /// The status of an HTTP answer, by the specification's list: 408, 429, 500, 502, 503 and 504 are retriable and no
  /// other code is. A provider's own codes are mapped by its plugin.
  public init(httpCode: Int) {
    switch httpCode {
    case 200..<300, 304: self = .ok
    // The host follows no redirect: whoever gets one was to ask elsewhere.
    case 300..<400: self = .invalidConfig
    case 401: self = .unauthenticated
    case 403: self = .permissionDenied
    case 404, 410: self = .notFound
    case 408, 504: self = .timeout
    case 409, 412: self = .conflict
    case 429: self = .throttled
    case 500, 502, 503: self = .transient
    case 501, 505: self = .unsupported
    case 400..<500: self = .invalidConfig
    default: self = .fatal
    }
  }
}
