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

  /// What the answer counts for in a cache: the bytes of the question and of the answer.
  package var bytes: Int { key.utf8.count + content.count }
}

/// The last answers, as many as two bounds allow; the one that has not been used for longest goes first.
///
/// Answers are kept whatever their age, which is looked at when one is wanted: chains differ in how old an answer they
/// take. An answer that is too old for one of them is not used by that, so it does not outlive those that are.
package struct AnswerCache: Sendable {
  /// A place in the order of use, as a list through the array.
  private struct Node: Sendable {
    var answer: CachedAnswer
    var older: Int?
    var newer: Int?
  }

  /// 0 keeps nothing.
  package let maxEntries: Int
  /// The most that all answers together count for; 0 keeps nothing. What the cache takes beside that is a fixed part for
  /// each entry.
  package let maxBytes: Int
  package private(set) var bytes = 0
  /// Answers that had to go for others.
  package private(set) var evictions: UInt64 = 0
  private var places: [String: Int] = [:]
  private var nodes: [Node] = []
  private var free: [Int] = []
  private var oldest: Int?
  private var newest: Int?

  package init(maxEntries: Int = 10_000, maxBytes: Int = 64 << 20) {
    self.maxEntries = max(0, maxEntries)
    self.maxBytes = max(0, maxBytes)
  }

  package var count: Int { places.count }

  /// The questions, the one that has not been used for longest first.
  package var keys: [String] {
    var keys: [String] = []
    var place = oldest
    while let current = place {
      keys.append(nodes[current].answer.key)
      place = nodes[current].newer
    }
    return keys
  }

  /// Keeps an answer in place of an earlier one to the same question. One that is larger than the whole cache is not kept,
  /// and the earlier one is not either: it is known not to be the latest.
  package mutating func store(_ answer: CachedAnswer) {
    remove(answer.key)
    guard maxEntries > 0, answer.bytes <= maxBytes else { return }
    while count >= maxEntries || bytes > maxBytes - answer.bytes, let oldest {
      remove(nodes[oldest].answer.key)
      evictions += 1
    }
    bytes += answer.bytes
    places[answer.key] = append(answer)
  }

  /// The answer to a question, if there is one that is not older than `maxAge`; it is the last used then.
  package mutating func lookUp(_ key: String, maxAge: Duration, at now: Instant) -> CachedAnswer? {
    guard let place = places[key], nodes[place].answer.age(at: now) <= maxAge else { return nil }
    let answer = nodes[place].answer
    unlink(place)
    free.append(place)
    places[key] = append(answer)
    return answer
  }

  package mutating func remove(_ key: String) {
    guard let place = places.removeValue(forKey: key) else { return }
    bytes -= nodes[place].answer.bytes
    unlink(place)
    // The bytes are let go of at once, not when the place is used again.
    nodes[place].answer = CachedAnswer(key: "", content: [], answeredAt: nodes[place].answer.answeredAt)
    free.append(place)
  }

  package mutating func removeAll() { self = AnswerCache(maxEntries: maxEntries, maxBytes: maxBytes) }

  /// - Returns: the place of the answer, which is the last used.
  private mutating func append(_ answer: CachedAnswer) -> Int {
    let node = Node(answer: answer, older: newest, newer: nil)
    let place = free.popLast() ?? nodes.endIndex
    if place == nodes.endIndex { nodes.append(node) } else { nodes[place] = node }
    if let newest { nodes[newest].newer = place }
    newest = place
    oldest = oldest ?? place
    return place
  }

  private mutating func unlink(_ place: Int) {
    let (older, newer) = (nodes[place].older, nodes[place].newer)
    if let older { nodes[older].newer = newer } else { oldest = newer }
    if let newer { nodes[newer].older = older } else { newest = older }
  }
}
