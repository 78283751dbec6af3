import HostModel
@testable import HostPolicy
import TestSupport
import Testing

@Suite struct AnswerCacheTests {
  private func answer(_ key: String, bytes: Int = 10, _ milliseconds: Int64 = 0) -> CachedAnswer {
    CachedAnswer(key: key, content: Array(repeating: 7, count: bytes - key.utf8.count), answeredAt: at(milliseconds))
  }

  @Test func theOneThatWasNotUsedForLongestGoesFirst() {
    var cache = AnswerCache(maxEntries: 3)
    for key in ["a", "b", "c"] { cache.store(answer(key)) }
    #expect(cache.keys == ["a", "b", "c"] && cache.evictions == 0)
    #expect(cache.lookUp("a", maxAge: .seconds(1), at: at(0)) == answer("a"))
    cache.store(answer("d"))
    #expect(cache.keys == ["c", "a", "d"] && cache.evictions == 1)
    #expect(cache.lookUp("b", maxAge: .seconds(1), at: at(0)) == nil)
  }

  /// Ten bytes each, question and answer together.
  @Test(arguments: [(29, 2), (30, 3), (31, 3)]) func theBytesAreBounded(_ maxBytes: Int, _ kept: Int) {
    var cache = AnswerCache(maxBytes: maxBytes)
    for key in ["a", "b", "c"] { cache.store(answer(key)) }
    #expect(cache.count == kept && cache.bytes == kept * 10 && cache.evictions == UInt64(3 - kept))
  }

  @Test(arguments: [(29, true), (30, true), (31, false)]) func whatIsLargerThanTheCacheIsNotKept(
    _ size: Int, _ isKept: Bool
  ) {
    var cache = AnswerCache(maxBytes: 30)
    cache.store(answer("a"))
    cache.store(answer("b"))
    cache.store(answer("b", bytes: size))
    // Nothing else goes for what is not kept, except what is known to be out of date.
    #expect(cache.keys == (isKept ? ["b"] : ["a"]))
    #expect(cache.bytes == (isKept ? size : 10))
  }

  @Test func anAnswerReplacesTheEarlierOneToTheQuestion() {
    var cache = AnswerCache(maxEntries: 2, maxBytes: 20)
    cache.store(answer("a"))
    cache.store(answer("b"))
    cache.store(answer("a", bytes: 5, 1000))
    #expect(cache.keys == ["b", "a"] && cache.bytes == 15 && cache.evictions == 0)
    #expect(cache.lookUp("a", maxAge: .seconds(1), at: at(1000))?.answeredAt == at(1000))
  }

  @Test(arguments: [(999, true), (1000, true), (1001, false)] as [(Int64, Bool)])
  func theAgeIsLookedAtWhenAnAnswerIsWanted(_ now: Int64, _ serves: Bool) {
    var cache = AnswerCache(maxEntries: 2)
    cache.store(answer("a"))
    cache.store(answer("b"))
    #expect((cache.lookUp("a", maxAge: .seconds(1), at: at(now)) != nil) == serves)
    #expect(cache.keys == (serves ? ["b", "a"] : ["a", "b"]), "only what serves is used")
    #expect(cache.lookUp("a", maxAge: .seconds(2), at: at(now)) != nil, "for others it may be young enough")
  }

  @Test func noAgeIsNegativeOrOverflows() {
    let late = answer("a", 5000)
    #expect(late.age(at: at(0)) == .zero && late.age(at: at(5001)) == .milliseconds(1))
    let first = CachedAnswer(key: "", content: [], answeredAt: Instant(nanoseconds: .min))
    #expect(first.age(at: .distantFuture) == .nanoseconds(Int64.max))
  }

  @Test(arguments: [(0, 100), (100, 0), (-1, -1)]) func aCacheOfNothingKeepsNothing(_ entries: Int, _ bytes: Int) {
    var cache = AnswerCache(maxEntries: entries, maxBytes: bytes)
    cache.store(answer("a"))
    #expect(cache.count == 0 && cache.bytes == 0 && cache.lookUp("a", maxAge: .seconds(1), at: at(0)) == nil)
  }

  /// Random questions against a list in the order of use that is searched from end to end.
  @Test func theCacheAgreesWithAList() throws {
    enum Wrong: Error { case order, bytes, tooMany, tooLarge, answer, evictions }
    var (evictions, hits, tooOld) = (UInt64(0), 0, 0)
    try SimulationSeeds.forEach(10_000) { seed in
      var random = SplitMix64(seed: seed)
      let (entries, bytes) = (Int.random(in: 0...6, using: &random), Int.random(in: 0...80, using: &random))
      var cache = AnswerCache(maxEntries: entries, maxBytes: bytes)
      var list: [CachedAnswer] = []
      var gone: UInt64 = 0
      var now: Int64 = 0
      for _ in 0..<60 {
        now += Int64.random(in: 0...3, using: &random)
        let key = "k\(Int.random(in: 0..<9, using: &random))"
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5:
          let new = answer(key, bytes: Int.random(in: 2...30, using: &random), now)
          cache.store(new)
          list.removeAll { $0.key == key }
          guard new.bytes <= bytes, entries > 0 else { break }
          list.append(new)
          while list.count > entries || list.reduce(0, { $0 + $1.bytes }) > bytes {
            list.removeFirst()
            gone += 1
          }
        case 5..<9:
          let age = Int64.random(in: 0...20, using: &random)
          let found = cache.lookUp(key, maxAge: .milliseconds(age), at: at(now))
          let expected = list.first { $0.key == key && now - $0.answeredAt.nanoseconds / 1_000_000 <= age }
          guard found == expected else { throw Wrong.answer }
          if list.contains(where: { $0.key == key }), found == nil { tooOld += 1 }
          guard let expected else { break }
          hits += 1
          list.removeAll { $0.key == key }
          list.append(expected)
        default:
          cache.remove(key)
          list.removeAll { $0.key == key }
        }
        guard cache.keys == list.map(\.key) else { throw Wrong.order }
        guard cache.bytes == list.reduce(0, { $0 + $1.bytes }) else { throw Wrong.bytes }
        guard cache.count <= entries else { throw Wrong.tooMany }
        guard cache.bytes <= bytes else { throw Wrong.tooLarge }
        guard cache.evictions == gone else { throw Wrong.evictions }
      }
      evictions += gone
      cache.removeAll()
      guard cache.keys.isEmpty, cache.bytes == 0 else { throw Wrong.order }
    }
    print("answer cache model: \(evictions) evictions, \(hits) hits, \(tooOld) too old")
    #expect((evictions > 0 && hits > 0 && tooOld > 0) || SimulationSeeds.first(2).count == 1)
  }
}
