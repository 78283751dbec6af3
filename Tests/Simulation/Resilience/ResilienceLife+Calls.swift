import HostGate
import HostModel
import HostPolicy

/// Calls that are watched.
extension ResilienceLife {
  func callOften(_ name: String) {
    while !stop.isCancelled {
      // Some calls come too late from the beginning.
      let patience = world.outside.roll(20) == 0 ? -world.outside.roll(1000) : 500 + world.outside.roll(9000)
      _ = call(name, patience: .milliseconds(Int64(patience))) {}
      world.wait(.milliseconds(Int64(100 + world.outside.roll(1200))), stop)
    }
  }

  /// `effect` happens at the server, whether or not the answer arrives.
  func call(_ name: String, patience: Duration, _ effect: () -> Void) -> CallResult? {
    guard let site = sites[name] else { return nil }
    let began = world.now
    let deadline = began.advanced(by: patience)
    var (lastEnd, working) = (began, Duration.zero)
    let result = site.perform(deadline: deadline, cancellation: stop) { attempt in
      let start = world.now
      let number = world.checks.attemptBegan(
        .init(
          name: name, number: attempt.number, callBegan: began, callDeadline: deadline, deadline: attempt.deadline,
          isProbe: site.dependency.breakerState == .halfOpen), at: start)
      let status = serve(name, until: attempt.deadline, effect)
      lastEnd = world.now
      working += lastEnd.duration(since: start)
      world.checks.attemptTook(site.dependency.key.description, lastEnd.duration(since: start))
      world.checks.saw(.attemptEnded(number, status, at: lastEnd))
      return CallOutcome(status, status == .throttled ? CallError("", retryAfter: Outside.retryAfter) : nil)
    }
    world.checks.saw(
      .callEnded(
        .init(
          name: name, began: began, deadline: deadline, attempts: result.attempts, lastEnd: lastEnd, working: working),
        at: world.now))
    return result
  }

  /// What the server does with one attempt.
  private func serve(_ name: String, until deadline: Instant, _ effect: () -> Void) -> Status {
    // A process that is gone sends nothing.
    guard !stop.isCancelled else { return .cancelled }
    let behaviour = world.outside.behaviour(of: name, at: world.now)
    if let fault = behaviour.fault { world.checks.coverage.happened(fault) }
    let end = world.now.advanced(by: behaviour.takes)
    guard behaviour.heedsDeadline, deadline < end else {
      world.wait(behaviour.takes)
      if [.ok, .timeout].contains(behaviour.status) { effect() }
      return behaviour.status
    }
    world.wait(max(.zero, deadline.duration(since: world.now)))
    return .deadlineExceeded
  }
}
