package import HostModel

/// What a provider once answered to a question.
package struct CachedAnswer: Sendable, Hashable {
  /// The question: everything that the answer depends on.
  package let key: String
  package let content: [UInt8]
  package let answeredAt: Instant

  package init(key: String, content: [UInt8], answeredAt: Instant) {
    self.key = key
    self.content = content
    self.answeredAt = answeredAt
  }

  /// Never negative: who asks with an earlier instant than the answer's gets a new answer.
  package func age(at now: Instant) -> Duration { max(.zero, now.duration(since: answeredAt)) }
}
