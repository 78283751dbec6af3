import CLinux
import Glibc
package import HostModel
import Synchronization

/// A process that tries one clause and ends.
package enum CheckSession {
  /// The argument that makes a worker's program such a process.
  package static let argument = "check"
  /// How it ends if the plugin closed the descriptor that the verdict goes to.
  package static let lostDescriptor: Int32 = 77

  /// What the kernel does not enforce of the confinement of a process, by the lines that it has written.
  package static func unenforced(in lines: [String]) -> [String] { CheckChannel.unenforced(in: lines) }

  /// Where the plugin's own output goes, and the verdict: set up before the process confines itself.
  package struct Streams: Sendable {
    fileprivate var verdict: Int32
    fileprivate var output: [Int32]
  }

  /// Takes the standard streams away from the plugin: what it writes to them is kept, to be seen.
  package static func takeStreams() -> Streams {
    let verdict = headrace_move_descriptor(dup(STDOUT_FILENO), 64)
    // Who reads is seen by how far it came.
    dup2(headrace_memory_file("the host's", 10), STDIN_FILENO)
    let output = [STDOUT_FILENO, STDERR_FILENO].map { stream in
      let kept = headrace_move_descriptor(headrace_memory_file("", 0), 64)
      dup2(kept, stream)
      return kept
    }
    return Streams(verdict: verdict, output: output)
  }

  /// Tries the clause that a request names.
  ///
  /// - Parameters:
  ///   - library: where it can be opened.
  ///   - prepared: whether the process could give up the permissions that it is not to have, and what of that the kernel does not
  ///     enforce.
  package static func run(
    library: String, _ request: CheckRequest, _ streams: Streams, prepared: Result<[String], Failure>, clock: any Clock
  ) -> Never {
    let channel = CheckChannel(streams.verdict)
    guard let clause = Clause.named(request.clause) else {
      channel.conclude(Verdict(.broken, "", "there is no clause '\(request.clause)'"))
    }
    switch prepared {
    case .failure(let failure): channel.conclude(Verdict(.unprepared, clause.id, "\(failure)"))
    case .success(let unenforced): channel.tell(unenforced: unenforced)
    }
    headrace_use_one_heap()
    let trial = Trial(request, clause: clause.id, library: library, channel: channel, clock: clock)
    onThreads(1, joined: false) { _ in channel.watch() }
    let before = ProcessState(descriptors: streams.output)
    // Registered before the library is loaded, so that it runs after whatever the plugin leaves to be done at the end.
    atexit { CheckSession.lastWord.withLock { $0 }?() }
    let verdict = attempt(clause, trial) ?? before.verdict(output: streams.output)
    lastWord.withLock { word in
      word = { channel.conclude(verdict ?? before.verdict(output: streams.output) ?? kept(clause, trial)) }
    }
    channel.during("the end of the process", "PRC-2", trial.patience) { exit(0) }
  }

  /// What is said when everything else has ended; nil while the plugin is at work, which has no business to end the process.
  private static let lastWord = Mutex<(@Sendable () -> Void)?>(nil)

  /// - Returns: nil if nothing is broken.
  private static func attempt(_ clause: Clause, _ trial: Trial) -> Verdict? {
    do throws(Objection) {
      trial.evidence = try clause.attempt?(trial) ?? ""
      try trial.host.checkUse()
      return nil
    } catch {
      switch error {
      case .broken(let other, let what):
        let advice = trial.host.unanswered.map { "; \($0)" } ?? ""
        return Verdict(.broken, other ?? clause.id, what + advice)
      case .inapplicable(let reason): return Verdict(.inapplicable, clause.id, reason)
      }
    }
  }

  private static func kept(_ clause: Clause, _ trial: Trial) -> Verdict { Verdict(.kept, clause.id, trial.evidence) }
}
