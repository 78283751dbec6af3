import HostModel

/// How long to wait before a plugin that has crashed is started again: nothing the first time, then twice as long each time
/// up to five seconds, less a random part, so that workers that crash together do not come back together.
struct RestartPauses {
  private static let first = 0.1
  private static let most = 5.0
  private var failures = 0
  private(set) var notBefore = Instant(nanoseconds: .min)

  mutating func failed(at now: Instant) {
    failures += 1
    guard failures > 1 else { return }
    var seconds = Self.first
    for _ in 2..<max(2, min(failures, 16)) { seconds = min(Self.most, seconds * 2) }
    notBefore = now.advanced(by: .seconds(seconds * Double.random(in: 0.5...1)))
  }

  mutating func succeeded() {
    failures = 0
    notBefore = Instant(nanoseconds: .min)
  }
}
