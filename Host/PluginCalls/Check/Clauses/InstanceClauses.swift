import CHeadrace
import Glibc
import HostModel

/// What an instance owes, of whatever kind it is.
let instanceClauses: [Clause] = [
  .tried("INS-1", "create makes an instance of a valid configuration; one that was never used is destroyed.") {
    (trial) throws(Objection) in
    for _ in 0..<3 { try trial.subject().destroy() }
    return "3 instances"
  },
  .tried("INS-2", "create opens nothing: no file, no connection, no thread.") { (trial) throws(Objection) in
    // What a library sets up for all its instances comes with the first.
    try trial.subject().destroy()
    let before = ProcessHoldings.now(trial.host)
    let subject = try trial.subject()
    let after = ProcessHoldings.now(trial.host)
    subject.destroy()
    guard after.descriptors <= before.descriptors else {
      throw .broken("it opened \(after.descriptors - before.descriptors) descriptors")
    }
    guard after.threads <= before.threads else { throw .broken("it started \(after.threads - before.threads) threads") }
    return "no descriptor, no thread"
  },
  .tried("INS-3", "The life of an instance can be repeated, and leaves nothing behind.", lives),
  .tried("INS-4", "Instances live side by side, and their calls run at the same time.") { (trial) throws(Objection) in
    let crowd = try Crowd(trial, count: 4)
    try crowd.live()
    return "4 instances on 4 threads"
  },
  .tried("INS-5", "Calls to an instance come from changing threads, unless it says that it is bound to one.") {
    (trial) throws(Objection) in
    let subject = try trial.subject()
    guard !subject.isThreadBound else {
      subject.destroy()
      throw .inapplicable("it says HEADRACE_INSTANCE_THREAD_BOUND")
    }
    subject.changesThreads = true
    try subject.live(.whole)
    subject.destroy()
    return "a thread for each call"
  },
  .tried("INS-6", "A host that knows longer structures is served as well.") { (trial) throws(Objection) in
    let subject = try trial.subject(tail: 64)
    try subject.live(.whole)
    subject.destroy()
    return "64 bytes more in each structure"
  },
  .tried("INS-7", "cancel without a call under way does nothing: the next call is not affected.") {
    (trial) throws(Objection) in
    let subject = try trial.subject()
    subject.cancel()
    subject.cancel()
    // What counts is the call that comes after: a cancel just before it may still be taken for one of it.
    try subject.live(.forgiving)
    subject.cancel()
    subject.destroy()
    return "cancelled before, between and after"
  },
  .tried("INS-8", "A call whose deadline has passed, or that is cancelled already, ends at once and says so.") {
    (trial) throws(Objection) in
    for (isCancelled, time) in [(true, nil), (false, Duration.nanoseconds(-1))] as [(Bool, Duration?)] {
      let subject = try trial.subject()
      subject.isHurried = (isCancelled, time)
      try subject.live(.forgiving)
      subject.destroy()
    }
    return "a cancelled life and an overdue one"
  },
]

private func lives(_ trial: Trial) throws(Objection) -> String {
  try leavingNothing(trial, heap: "PRC-9") { () throws(Objection) in
    let subject = try trial.subject()
    try subject.live(.whole)
    subject.destroy()
  }
}

/// Some lives to warm up, then twelve that have to leave everything as it was. What grows with each of them is a leak: what
/// libraries set up for themselves comes once, or now and then.
///
/// - Parameter heap: the clause that is broken if memory is left; nil: the one that is tried.
func leavingNothing(
  _ trial: Trial, heap clause: String?, _ live: () throws(Objection) -> Void
) throws(Objection) -> String {
  var stragglers = Stragglers()
  /// - Returns: whether it left threads.
  func liveAlone() throws(Objection) -> Bool {
    let before = ProcessHoldings.threads()
    try live()
    return stragglers.remain(beyond: before, trial)
  }
  for _ in 0..<3 { _ = try liveAlone() }
  var seen: [ProcessHoldings] = []
  var threaded = 0
  for _ in 0..<12 {
    if try liveAlone() { threaded += 1 }
    seen.append(.now(trial.host))
  }
  guard let first = seen.first, let last = seen.last else { return "" }
  func grows(_ part: KeyPath<ProcessHoldings, Int>) -> Bool {
    zip(seen, seen.dropFirst()).allSatisfy { $1[keyPath: part] > $0[keyPath: part] }
  }
  if grows(\.descriptors) {
    throw .broken("PRC-7", "\(last.descriptors - first.descriptors) descriptors stay open after \(seen.count) lives")
  }
  if grows(\.children) || last.children > 0 {
    throw .broken("PRC-8", "\(last.children) processes are left after \(seen.count) lives")
  }
  if threaded == seen.count { throw .broken("PRC-8", "each of \(seen.count) lives leaves threads that go on") }
  if last.blocks > 0 { throw .broken("HST-1", "\(last.blocks) blocks of the host's memory are not given back") }
  if grows(\.heap) {
    throw .broken(clause, "\(seen.count - 1) lives leave \(last.heap - first.heap) bytes of the heap in use")
  }
  return
    "after \(seen.count) lives \(last.heap - first.heap) bytes, \(last.descriptors) descriptors, \(last.threads) threads"
}

/// Threads that lives leave behind.
///
/// One that is just ending is given a moment. Any other may still do harm, and is given time for it in which the process does
/// nothing else: how fast the machine is must not decide whose call the harm falls into.
private struct Stragglers {
  private static let pause: UInt32 = 5_000
  /// How often to look, until a thread counts, in what follows a life, and in all of an attempt.
  private static let (moment, most) = (10, 100)
  private var left = 1_000

  /// - Parameter before: the threads as the life began. By their ids: some of them may be those of an earlier life that were
  ///   still ending then, so that a count would balance them against what is left now.
  /// - Returns: whether there are others than before.
  mutating func remain(beyond before: Set<Int32>, _ trial: Trial) -> Bool {
    if Self.look(Self.moment, beyond: before) < Self.moment { return false }
    let most = min(Self.most, left)
    left -= trial.step("looking at threads that a life has left", "PRC-8") { Self.look(most, beyond: before) }
    return true
  }

  /// - Returns: how many looks it took until there were no others than these threads.
  private static func look(_ most: Int, beyond before: Set<Int32>) -> Int {
    for look in 0..<most {
      if ProcessHoldings.threads().isSubset(of: before) { return look }
      usleep(pause)
    }
    return most
  }
}

/// Instances that live at the same time, each on a thread of its own.
private final class Crowd: @unchecked Sendable {
  // A slot for each thread.
  private let subjects: [Subject]
  private var objections: [Objection?]

  init(_ trial: Trial, count: Int) throws(Objection) {
    var subjects: [Subject] = []
    for _ in 0..<count { subjects.append(try trial.subject()) }
    self.subjects = subjects
    objections = .init(repeating: nil, count: count)
  }

  func live() throws(Objection) {
    onThreads(subjects.count) { index in
      do throws(Objection) { try self.subjects[index].live(.whole) } catch { self.objections[index] = error }
    }
    for subject in subjects { subject.destroy() }
    for case let objection? in objections { throw objection }
  }
}
