import HostModel
import HostPluginCalls

/// Lets processes read a split and kills them, one read after another; others have to go on as if nothing had been.
struct KilledReads {
  /// How many of a split's reads are interrupted.
  private static let most = 8
  private let request: CheckRequest
  /// Runs one process.
  private let run: (CheckRequest) throws(Failure) -> ProcessResult

  init(_ request: CheckRequest, run: @escaping (CheckRequest) throws(Failure) -> ProcessResult) {
    self.request = request
    self.run = run
  }

  func verdict() throws(Failure) -> Verdict {
    let (whole, failed) = try trace(.whole)
    guard let whole else { return failed }
    guard whole.steps.count > 1 else {
      return Verdict(
        .inapplicable, Clause.killed, "the data is one batch; configure the check with more of it")
    }
    let places = Array(whole.steps.indices.prefix(Self.most))
    for place in places {
      try kill(after: place)
      let before = place > 0 ? whole.steps[place - 1] : nil
      let (rest, failed) = try trace(before.map { .resumed($0) } ?? .whole)
      guard let rest else { return failed }
      // Long splits are looked at for so many batches from each place.
      let expected = Array(whole.steps[place...])
      guard expected == Array(rest.steps.prefix(expected.count)) else {
        return Verdict(
          .broken, Clause.killed,
          "killed after \(place) batches, another process reads \(rest.steps.count) others than there were before")
      }
    }
    return Verdict(
      .kept, Clause.killed, "killed in \(places.count) reads of \(whole.steps.count), and read on by others")
  }

  /// What a process has read; or its verdict, if it has come to none.
  private func trace(_ part: CheckRequest.Part) throws(Failure) -> (ReadTrace?, Verdict) {
    let verdict = PluginCheck.verdict(try run(with(part)), clause: Clause.killed)
    return (verdict.outcome == .kept ? ReadTrace(text: verdict.evidence) : nil, verdict)
  }

  /// Whatever it has told before: it did not live to say how it ended.
  private func kill(after count: Int) throws(Failure) { _ = try run(with(.killed(after: count))) }

  private func with(_ part: CheckRequest.Part) -> CheckRequest {
    var request = request
    request.part = part
    return request
  }
}
