import Glibc
import HostGate
import HostModel
import HostPolicy
import HostSystem
import Synchronization

/// Measures what the gate adds to a call: a function pointer called as pipelines call a plugin, through
/// `CallSite.perform`, and bare. CPU time of the calling thread, so that a busy machine counts less; the best of some
/// rounds, since noise only adds.
@main
enum GateBenchmark {
  private static let calls = 5_000_000
  private static let rounds = 7

  static func main() throws {
    print(
      "\n(c) a call through the gate, ns over the bare function pointer (best of \(rounds), CPU time of the thread)")
    let gate = Gate(clock: SystemClock(), waiter: ThreadWaiter(clock: SystemClock()), seed: 1)
    let ticker = Cancellation()
    _ = try SystemLanes().start("ticker") { gate.runTicker(every: .milliseconds(5), cancellation: ticker) }
    defer { ticker.cancel() }
    BreakerBenchmark.run()
    for threads in [1, 2] {
      let bare = best(threads) { bareCalls() }
      for variant in Variant.allCases {
        let dependency = gate.dependency(DependencyKey(plugin: variant.rawValue), variant.configuration)
        let spent = best(threads) { gatedCalls(site(dependency, gate)) }
        print("  \(threads) thread\(threads == 1 ? " " : "s")  \(padded(variant.rawValue, 24)) \(text(spent - bare))")
      }
    }
  }

  private enum Variant: String, CaseIterable {
    case plain = "without time stamps"
    case bulkhead = "and with a bulkhead"
    case timed = "with time stamps"
    case both = "with both"

    var configuration: GateConfiguration {
      var configuration = GateConfiguration()
      configuration.maxInFlight = self == .bulkhead || self == .both ? 64 : nil
      configuration.timesEveryCall = self == .timed || self == .both
      return configuration
    }
  }

  private static func site(_ dependency: Dependency, _ gate: Gate) -> CallSite {
    let origin = CallOrigin(tenant: .standard, sourceID: SourceID(1), pipeline: "bench")
    return CallSite(
      dependency, operation: .dbQuery, feature: .dataIngestion, variant: .buffer, isIdempotent: true, origin: origin,
      pipeline: gate.pipeline(origin), timeout: .seconds(300))
  }

  private static func bareCalls() {
    for _ in 0..<calls { precondition(pointer(1) == 0) }
  }

  private static func gatedCalls(_ site: CallSite) {
    for _ in 0..<calls {
      let result = site.perform(deadline: .distantFuture) { _ in
        pointer(1) == 0 ? .ok : CallOutcome(.fatal)
      }
      precondition(result.isSuccess)
    }
  }

  /// The least that a call of the body cost on any of the threads, in nanoseconds.
  private static func best(_ threads: Int, _ body: @escaping @Sendable () -> Void) -> Double {
    (0..<rounds).map { _ in round(threads, body) }.min() ?? 0
  }

  private static func round(_ threads: Int, _ body: @escaping @Sendable () -> Void) -> Double {
    let spent = Mutex<[Double]>([])
    let handles = (0..<threads).compactMap { number in
      try? SystemLanes().start("bench-\(number)") {
        let began = threadTime()
        body()
        let nanoseconds = Double(threadTime() - began) / Double(calls)
        spent.withLock { $0.append(nanoseconds) }
      }
    }
    for handle in handles { handle.join() }
    return spent.withLock { $0.reduce(0, +) / Double(max(1, $0.count)) }
  }

  private static func threadTime() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  private static func text(_ nanoseconds: Double) -> String {
    let tenths = Int((nanoseconds * 10).rounded())
    return "\(tenths / 10).\(abs(tenths % 10)) ns"
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}

/// What stands for a plugin's function: reached through a pointer that the compiler cannot see through.
private let pointer: @convention(c) (Int32) -> Int32 = {
  let function: @convention(c) (Int32) -> Int32 = { $0 > 0 ? 0 : 1 }
  // Chosen at run time, so that the call stays indirect.
  return getpid() > 0 ? function : { _ in 1 }
}()
