import CHeadrace
import HostModel

/// The call that a plugin is in while it asks the host for something that takes time.
struct PresentCall {
  var deadline: Instant
  var isCancelled: () -> Bool
}

extension PresentCall {
  /// - Throws: if there is none: nobody could end what would be begun.
  init(_ call: UnsafePointer<headrace_call>?) throws(Failure) {
    guard let call, let isCancelled = call.pointee.is_cancelled else {
      throw Failure(.run, "requests over HTTP are made during a call, and with it", status: .invalidConfig)
    }
    deadline = Instant(nanoseconds: call.pointee.deadline_ns)
    self.isCancelled = { isCancelled(call) != 0 }
  }
}

/// What one plugin may ask for over HTTP, and who sends it.
struct HTTPAccess: Sendable {
  var plugin: String
  var hosts: HTTPHosts
  /// Nil in a host that makes no requests.
  var client: (any HTTPClient)?
  var clock: any Clock

  /// Sends a request of the plugin's. Blocks until there is an answer, or until the call is to end.
  ///
  /// - Throws: why there is none, with the host and the port and nothing else of the request.
  func send(_ asked: AskedRequest, during call: PresentCall) throws(Failure) -> HTTPResponse {
    guard let client else { throw Failure(.environment, "this host sends no requests over HTTP", status: .unsupported) }
    let address = try asked.checked()
    guard hosts.allow(address) else { throw refusal(address) }
    let left = call.deadline.duration(since: clock.now())
    guard left > .zero else { throw late(address) }
    let request = asked.request(of: plugin)
    let isShorter = asked.timeout > 0 && .nanoseconds(asked.timeout) < left
    let response: HTTPResponse
    do throws(HTTPFailure) {
      let limit = isShorter ? .nanoseconds(asked.timeout) : left
      response = try client.send(request, within: limit, isCancelled: call.isCancelled)
    } catch {
      switch error.status {
      case .timeout where !isShorter: throw late(address)
      // At its deadline a call is cancelled too; which of both the client saw first says nothing.
      case .cancelled where clock.now() >= call.deadline: throw late(address)
      // What the client can make nothing of is no reason to give up the instance.
      case .fatal: throw Failure(.run, "\(address.endpoint): \(error.reason)", status: .unsupported)
      default: throw Failure(.run, "\(address.endpoint): \(error.reason)", status: error.status)
      }
    }
    guard !response.isCut else {
      throw Failure(
        .run, "\(address.endpoint): the body of its answer has more than \(request.bodyLimit) bytes",
        advice: "ask for less of it", status: .unsupported)
    }
    return response
  }

  private func refusal(_ address: HTTPAddress) -> Failure {
    Failure(
      .invalidInput, "plugin '\(plugin)' may not call '\(address.endpoint)'",
      advice: "declare it under 'permissions: http' in the plugin's manifest", status: .permissionDenied)
  }

  private func late(_ address: HTTPAddress) -> Failure {
    Failure(.run, "\(address.endpoint): the deadline of the call has passed", status: .deadlineExceeded)
  }
}
