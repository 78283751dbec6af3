package import HostFormats
import HostModel
import HostPluginCalls

/// What a check has found, clause by clause.
package struct CheckReport: Sendable {
  package enum Outcome: String, Sendable {
    case kept, broken, inapplicable
    /// Left out by the author, who gives a reason.
    case skipped
    /// Its attempt ended early because another rule was broken.
    case unshown
  }

  package struct Entry: Sendable, Equatable {
    package var clause: String
    /// The kind that it was tried as; nil for what is about all of the library.
    package var kind: String?
    package var outcome: Outcome
    package var evidence: String
  }

  package let plugin: String
  package let version: String
  /// The SHA-256 of the library that was checked, in hexadecimal digits.
  package let library: String
  package let kinds: [String]
  package let seed: UInt64
  package private(set) var entries: [Entry] = []
  /// Whether all was tried that there is for its kinds.
  package private(set) var isComplete = false
  /// What the kernel did not enforce of the manifest's permissions: what was let pass there was not seen.
  package internal(set) var unenforced: [String] = []
  private var attempts = 0

  init(_ manifest: PluginManifest, library: String, seed: UInt64) {
    self.library = library
    plugin = manifest.name.value
    version = manifest.version.value
    kinds = manifest.kinds.map(\.rawValue)
    self.seed = seed
  }

  package var isKept: Bool { !entries.contains { $0.outcome == .broken || $0.outcome == .unshown } }

  package func count(_ outcome: Outcome) -> Int { entries.count { $0.outcome == outcome } }

  /// The clauses that are broken.
  package var broken: [String] { entries.filter { $0.outcome == .broken }.map(\.clause) }

  mutating func skip(_ clause: String, kind: String, _ reason: String) {
    entries.append(Entry(clause: clause, kind: kind, outcome: .skipped, evidence: reason))
  }

  mutating func record(_ verdict: Verdict, attempted clause: String, kind: String?) {
    attempts += 1
    let outcome: Outcome
    switch verdict.outcome {
    case .kept: outcome = .kept
    case .inapplicable: outcome = .inapplicable
    case .unprepared: preconditionFailure("a clause is reported of which nothing was tried")
    case .broken: outcome = verdict.clause == clause ? .broken : .unshown
    }
    let evidence = outcome == .unshown ? "\(verdict.clause) is broken" : verdict.evidence
    put(Entry(clause: clause, kind: kind, outcome: outcome, evidence: evidence))
    if outcome == .unshown {
      let evidence = "\(verdict.evidence) (while \(clause) was tried)"
      put(Entry(clause: verdict.clause, kind: kind, outcome: .broken, evidence: evidence))
    }
  }

  /// The first evidence against a clause is kept.
  private mutating func put(_ entry: Entry) {
    guard let known = entries.firstIndex(where: { $0.clause == entry.clause && $0.kind == entry.kind }) else {
      return entries.append(entry)
    }
    if entries[known].outcome != .broken { entries[known] = entry }
  }

  /// The report with the rules that were watched, in the order of the clauses.
  func finished(kinds: [String], only: Set<String>?) -> CheckReport {
    var report = self
    report.isComplete = only == nil
    if only == nil, attempts > 0, !kinds.isEmpty {
      for clause in Clause.all where !clause.isTried && !entries.contains(where: { $0.clause == clause.id }) {
        report.entries.append(
          Entry(clause: clause.id, kind: nil, outcome: .kept, evidence: "in \(attempts) attempts"))
      }
    }
    let order = Dictionary(uniqueKeysWithValues: Clause.all.enumerated().map { ($1.id, $0) })
    report.entries.sort { one, other in
      let places = (order[one.clause] ?? 0, order[other.clause] ?? 0)
      return places.0 == places.1 ? (one.kind ?? "") < (other.kind ?? "") : places.0 < places.1
    }
    return report
  }

  package var json: JSONValue {
    .object([
      "schema_version": 1, "plugin": .string(plugin), "version": .string(version), "library": .string(library),
      "kinds": .array(kinds.map(JSONValue.string)),
      "checked_by": [
        "headrace": .string(HostVersion.text), "abi": .integer(Int64(HostABI.maximum)),
        "clauses": .integer(Int64(Clause.all.count)),
      ],
      "seed": .string(String(seed)), "complete": .bool(isComplete), "kept": .bool(isKept),
      "unenforced": .array(unenforced.map(JSONValue.string)),
      "clauses": .array(
        entries.map { entry in
          .object([
            "clause": .string(entry.clause), "kind": entry.kind.map(JSONValue.string) ?? .null,
            "outcome": .string(entry.outcome.rawValue), "evidence": .string(entry.evidence),
            "rule": .string(Clause.named(entry.clause)?.rule ?? ""),
          ])
        }),
    ])
  }
}
