import HostModel
import HostPolicy

/// Runs a command with the document on its standard input.
///
/// Exit 0 is success, 75 (`EX_TEMPFAIL` of `sysexits.h`) asks for another attempt, any other is a failure that is not
/// repeated at once. What the command prints is thrown away: it may have printed a secret.
struct CommandTransport: NotificationTransport {
  static let temporaryFailure: Int32 = 75

  let executable: String
  let arguments: [String]
  let environment: [String: String]
  let spawner: any ProcessSpawner

  func send(_ body: [UInt8], id: String, within limit: Duration, cancellation: Cancellation) -> CallOutcome {
    let request = ProcessRequest(
      executable: executable, arguments: arguments, environment: environment, input: body, outputLimit: 0,
      timeout: limit, ownsGroup: true, cancellation: cancellation)
    do {
      return Self.outcome(try spawner.run(request), isCancelled: cancellation.isCancelled)
    } catch {
      return .failed(error.status ?? .fatal, error.message)
    }
  }

  private static func outcome(_ result: ProcessResult, isCancelled: Bool) -> CallOutcome {
    if result.timedOut {
      return isCancelled ? CallOutcome(.cancelled) : .failed(.timeout, "it did not end in its time and was killed")
    }
    switch result.exit {
    case .code(0): return .ok
    case .code(temporaryFailure):
      return .failed(.transient, "it asks to be tried again", code: "exit \(temporaryFailure)")
    case .code(let code): return .failed(.fatal, "it failed", code: "exit \(code)")
    case .signal(let signal): return .failed(.crashed, "a signal ended it", code: "signal \(signal)")
    }
  }
}
