import Glibc
import HostModel
@testable import HostPluginCalls
import HostSystem
import Testing

/// What the checker does not hold against a plugin.
@Suite struct ProcessorWaitTests {
  /// What the calling thread has waited for a processor.
  private static var waited: Int64? { ProcessorWait.thisThread.flatMap(ProcessorWait.nanoseconds) }

  private static var processorTime: Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }

  /// More threads than processors, each of which begins to work when all are there: some have to wait.
  @Test func whoWaitsForAProcessorIsSeen() throws {
    let (waits, present) = (Shared<[Int64]>([]), Shared(0))
    let count = 4 * Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    let handles = try (0..<count).map { number in
      try SystemLanes().start("work-\(number)") {
        let before = Self.waited
        present.change { $0 += 1 }
        while present.current < count {}
        let began = Self.processorTime
        while Self.processorTime < began + 20_000_000 {}
        guard let before else { return }
        if let after = Self.waited { waits.change { $0.append(after - before) } }
      }
    }
    for handle in handles { handle.join() }
    #expect(waits.current.count == count && waits.current.allSatisfy { $0 >= 0 }, "\(waits.current)")
    #expect(waits.current.contains { $0 > 0 }, "\(waits.current)")
  }

  /// What somebody slept is no part of it, however late he was woken.
  @Test func whoSleepsDoesNotWait() throws {
    let pause = Duration.milliseconds(100)
    let (waited, elapsed) = try Background { () in
      let (began, before) = (SystemClock().now(), Self.waited ?? 0)
      usleep(100_000)
      return ((Self.waited ?? .max) - before, SystemClock().now().duration(since: began))
    }.value()
    // Half of it is room for a kernel that counts in other steps than the clock.
    #expect(.nanoseconds(waited) <= elapsed - pause / 2)
  }

  @Test func ofAThreadThatIsGoneNothingIsKnown() throws {
    let thread = try #require(try Background { () in ProcessorWait.thisThread }.value())
    #expect(thread != ProcessorWait.thisThread)
    try eventually("the thread is gone") { ProcessorWait.nanoseconds(of: thread) == nil }
  }
}
