import Foundation
import HostCache
import HostModel
import Testing

@Suite struct AnswerStoreTests {
  private let folder = NSTemporaryDirectory() + "/headrace-answers-" + UUID().uuidString

  private func open(_ bounds: AnswerStore.Bounds = .init()) throws -> AnswerStore {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return try AnswerStore(path: folder + "/answers.db", bounds: bounds)
  }

  private func answer(_ text: String, at microseconds: Int64 = 1) -> AnswerStore.Answer {
    .init(content: Array(text.utf8), answeredAt: WallTime(microseconds: microseconds))
  }

  @Test func anAnswerIsKeptForOtherProcessesWithTheTimeWhenItWasGiven() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try open().store("q", answer("forty-two", at: 77))
    #expect(try open().lookUp("q") == answer("forty-two", at: 77))
    #expect(try open().lookUp("another") == nil)
  }

  @Test func aLaterAnswerReplacesAnEarlierOne() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = try open()
    try store.store("q", answer("old"))
    try store.store("q", answer("new", at: 2))
    #expect(try store.lookUp("q") == answer("new", at: 2))
    #expect(try store.size().entries == 1)
  }

  @Test func whatWasNotUsedForLongestGoesFirst() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = try open(.init(entries: 2))
    try store.store("a", answer("1"))
    try store.store("b", answer("2"))
    _ = try store.lookUp("a")
    try store.store("c", answer("3"))
    #expect(try store.lookUp("b") == nil)
    #expect(try store.lookUp("a") != nil && store.lookUp("c") != nil)
  }

  /// A question's key counts as well: 1 + 9 bytes are ten.
  @Test(arguments: [(29, 2), (30, 3), (31, 3)])
  func bytesAreBounded(_ bound: Int, _ kept: Int) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = try open(.init(bytes: bound))
    for key in ["a", "b", "c"] { try store.store(key, answer("123456789")) }
    #expect(try store.size().entries == kept)
    #expect(try store.size().bytes <= bound)
  }

  @Test func anAnswerThatIsLargerThanTheStoreIsNotKeptAndTheEarlierOneIsNeither() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = try open(.init(bytes: 10))
    try store.store("q", answer("small"))
    try store.store("q", answer("larger than ten bytes"))
    #expect(try store.lookUp("q") == nil)
  }

  @Test func twoProcessesWriteIntoOneFile() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (one, other) = (try open(), try open())
    DispatchQueue.concurrentPerform(iterations: 2) { number in
      // So few that one has written all of its own, on the slowest disk, before the other's five seconds of patience are over.
      for index in 0..<20 {
        do { try (number == 0 ? one : other).store("\(number)-\(index)", answer("x")) } catch { Issue.record(error) }
      }
    }
    #expect(try one.size().entries == 40)
  }

  @Test func aFileThatIsNoDatabaseIsNamed() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(repeating: 7, count: 8192).write(to: URL(fileURLWithPath: folder + "/answers.db"))
    let failure = #expect(throws: Failure.self) { _ = try AnswerStore(path: folder + "/answers.db") }
    #expect(failure?.kind == .environment && failure?.message.contains("answers.db") == true)
  }
}
