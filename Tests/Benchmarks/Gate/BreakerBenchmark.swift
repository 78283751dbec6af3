import Glibc
import HostGate
import HostModel
import HostPolicy
import HostSystem

/// What very many breakers cost: memory for each, and the time of one look at all of them.
enum BreakerBenchmark {
  private static let count = 100_000

  static func run() {
    let gate = Gate(clock: SystemClock(), waiter: ThreadWaiter(clock: SystemClock()), seed: 1)
    let before = residentBytes()
    for number in 0..<count {
      let key = DependencyKey(plugin: "postgres", endpoint: "database-\(number).example.org:5432")
      call(gate.dependency(key), gate)
    }
    let after = residentBytes()
    var snapshot: [KeptBreaker] = []
    let times = (0..<5).map { _ in
      snapshot = []
      return milliseconds { snapshot = gate.breakersToKeep() }
    }
    precondition(snapshot.count == count)
    print("\n(d) \(count) breakers, each of which has seen a call that failed and two that succeeded")
    print("  memory       \((after - before) >> 20) MiB, \((after - before) / count) bytes each")
    print("  a snapshot   \(text(times.min() ?? 0)) ms (best of 5)")
  }

  private static func call(_ dependency: Dependency, _ gate: Gate) {
    let origin = CallOrigin(tenant: .standard, sourceID: SourceID(1), pipeline: "bench")
    let site = CallSite(
      dependency, operation: .dbQuery, feature: .dataIngestion, variant: .buffer, isIdempotent: false, origin: origin,
      pipeline: gate.pipeline(origin))
    for status in [Status.transient, .ok, .ok] {
      _ = site.perform(deadline: .distantFuture) { _ in CallOutcome(status) }
    }
  }

  private static func milliseconds(_ body: () -> Void) -> Double {
    let clock = SystemClock()
    let began = clock.now()
    body()
    return Double(clock.now().duration(since: began).wholeNanoseconds) / 1e6
  }

  private static func residentBytes() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard fgets(&line, 128, file) != nil else { return 0 }
    let fields = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
      separator: " ")
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) : 0
  }

  private static func text(_ milliseconds: Double) -> String {
    let tenths = Int((milliseconds * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
