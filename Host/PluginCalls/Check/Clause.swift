/// One rule of the ABI, and the way to try whether a plugin keeps it.
///
/// A clause is tried in a process of its own: what crashes, hangs or damages the process there is that clause's evidence
/// and nobody else's trouble.
package struct Clause: Sendable {
  /// `SRC-7`. A number keeps its meaning for ever; that of a clause that went is not given again.
  package let id: String
  /// The kind that it is about; nil: every library, whatever its kinds.
  package let kind: String?
  /// What holds, in one sentence.
  package let rule: String
  /// Nil for a rule that is watched while all the others are tried.
  let attempt: (@Sendable (Trial) throws(Objection) -> String)?

  /// Whether it has an attempt of its own.
  package var isTried: Bool { attempt != nil }

  static func watched(_ id: String, _ rule: String) -> Clause { Clause(id: id, kind: nil, rule: rule, attempt: nil) }

  static func tried(
    _ id: String, of kind: String? = nil, _ rule: String,
    _ attempt: @escaping @Sendable (Trial) throws(Objection) -> String
  ) -> Clause {
    Clause(id: id, kind: kind, rule: rule, attempt: attempt)
  }

  /// All of them, in the order in which they are reported.
  package static let all: [Clause] =
    libraryClauses + callClauses + processClauses + dataClauses + instanceClauses + sourceClauses + transformClauses
    + detectorClauses + languageModelClauses + formatClauses

  /// The clause that takes several processes, some of which are killed.
  package static let killed = "SRC-13"

  package static func named(_ id: String) -> Clause? { all.first { $0.id == id } }
}

/// What ends an attempt before it has shown its clause.
enum Objection: Error {
  /// A rule is broken: of the clause named, or of the one that is tried.
  case broken(String?, String)
  /// The clause does not apply to this plugin, for the reason given.
  case inapplicable(String)

  static func broken(_ what: String) -> Objection { .broken(nil, what) }
}

/// How an attempt ended.
package struct Verdict: Sendable, Equatable {
  package enum Outcome: String, Sendable {
    case kept, broken, inapplicable
    /// Nothing was tried, and none of the plugin's code has run: its process could not be confined as it has to be.
    case unprepared
  }
  package var outcome: Outcome
  /// The clause that is meant: mostly the one that was tried, but a rule that is watched can break in every attempt.
  package var clause: String
  package var evidence: String

  package init(_ outcome: Outcome, _ clause: String, _ evidence: String) {
    self.outcome = outcome
    self.clause = clause
    self.evidence = evidence
  }
}
