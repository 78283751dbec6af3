import Glibc

/// Signals in words.
enum Signals {
  static func text(_ signal: Int32) -> String {
    switch signal {
    case SIGILL: "SIGILL (an illegal instruction, or a Swift trap)"
    case SIGTRAP: "SIGTRAP (a trap)"
    case SIGABRT: "SIGABRT (it gave up by itself)"
    case SIGBUS: "SIGBUS (memory that is not there)"
    case SIGFPE: "SIGFPE (an arithmetic trap)"
    case SIGKILL: "SIGKILL (from outside, or its memory was used up)"
    case SIGSEGV: "SIGSEGV (memory that is not its own)"
    case SIGXCPU: "SIGXCPU (its processor time was used up)"
    case SIGSYS: "SIGSYS (a system call that is not allowed)"
    default: "signal \(signal)"
    }
  }
}
