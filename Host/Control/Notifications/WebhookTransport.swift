import HostModel
import HostPolicy

/// Sends a document to a webhook.
///
/// Redirects are not followed, since a secret in a header would go along; the answer's body is thrown away, and no more of
/// it is read than a person would write.
struct WebhookTransport: NotificationTransport {
  /// Of an answer's body. More than this is not waited for.
  private static let answerLimit = 1 << 16

  let address: WebhookAddress
  let headers: [WebhookHeader]
  let client: any HTTPClient

  func send(_ body: [UInt8], id: String, within limit: Duration, cancellation: Cancellation) -> CallOutcome {
    let own = [
      HTTPHeader("Content-Type", "application/json; charset=utf-8"), HTTPHeader("Idempotency-Key", id),
    ]
    let request = HTTPRequest(
      "POST", address.url, headers: own + headers.map { HTTPHeader($0.name, $0.value) }, body: body,
      bodyLimit: Self.answerLimit, owner: Notifier.plugin)
    do throws(HTTPFailure) {
      return outcome(try client.send(request, within: limit) { cancellation.isCancelled })
    } catch {
      if error.status == .cancelled { return CallOutcome(.cancelled) }
      return .failed(error.status, "\(address.endpoint): \(error.reason)", code: error.code)
    }
  }

  private func outcome(_ response: HTTPResponse) -> CallOutcome {
    let code = response.statusCode
    if (200..<300).contains(code) { return .ok }
    let isRedirect = (300..<400).contains(code)
    return .failed(
      isRedirect ? .invalidConfig : Status(httpCode: code),
      "\(address.endpoint): it answered \(code)\(isRedirect ? ", and redirects are not followed" : "")",
      code: "HTTP \(code)", retryAfter: response.retryAfter)
  }
}
