import HostFormats
import HostLake
import HostModel

/// Commits what waits of a stream: rows, dead letters, findings and positions in one transaction.
struct StreamCommitter {
  let context: RunContext

  /// - Parameter final: this is the stream's last commit of the run.
  /// - Returns: false if another run was there first; nothing was committed then, and the ledger is as it was.
  func commit(_ ledger: inout StreamLedger, final: Bool) throws(Failure) -> Bool {
    try checkDeadLetters(final: final)
    let index = ledger.waiting.stream
    let (commits, positions) = ledger.commits(final: final, siblings: try existingSiblings(ledger.plan.table))
    let details = Self.details(ledger, positions, final: final)
    context.emit("commit_started", stream: index, details)
    guard case .committed(let tables) = try context.host.lake.commit(commits), let table = tables.first else {
      context.emit("fenced", stream: index, details)
      return false
    }
    context.progress[index].didCommit(rows: ledger.waiting.rowCount)
    let covered = ledger.waiting.positions
    ledger.didCommit(table, positions, final: final)
    try context.spools?.committed(index, covered)
    context.emit("commit_finished", stream: index, details)
    return true
  }

  private static func details(_ ledger: StreamLedger, _ positions: StreamPositions, final: Bool) -> JSONObject {
    let ordinals = positions.ordinals.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string("\($0.value)")) }
    var details: JSONObject = [
      "table": .string(ledger.plan.table.description), "rows": .string(String(ledger.waiting.rowCount)),
      "files": .string(String(ledger.waiting.rows.count)), "final": .bool(final),
      "ordinals": .object(JSONObject(ordinals)),
    ]
    if ledger.waiting.raw.rowCount > 0 { details["raw_rows"] = .string(String(ledger.waiting.raw.rowCount)) }
    return details
  }

  private func existingSiblings(_ table: TableName) throws(Failure) -> Set<TableName> {
    var found: Set<TableName> = []
    for kind in [SiblingTable.deadLetters, .findings] where try context.host.lake.load(kind.name(of: table)) != nil {
      found.insert(kind.name(of: table))
    }
    return found
  }

  /// Too many wrong records fail the run, before the commit that would go over the limit.
  private func checkDeadLetters(final: Bool) throws(Failure) {
    let rule = context.plan.file.onError
    let read = context.progress.reduce(0) { $0 + $1.rowsRead }
    let dead = context.progress.reduce(0) { $0 + $1.rowsDead }
    guard rule.isExceeded(dead: dead, of: read, atEnd: final) else { return }
    throw Failure(
      .run, "\(dead) of \(read) records are wrong, which is more than 'on_error: {max: \(rule.limitText)}' allows",
      advice: "see 'headrace preview' for the reasons, then mend the records or raise the limit", status: .badRecord)
  }
}

extension ErrorRule {
  /// Whether so many wrong records are too many. A share of few rows says little: before the end it counts from 10,000 on.
  func isExceeded(dead: Int, of read: Int, atEnd: Bool) -> Bool {
    guard dead > 0 else { return false }
    switch max {
    case .rows(let most): return dead > most
    case .share(let share): return Double(dead) > share * Double(read) && (atEnd || read >= 10_000)
    }
  }

  fileprivate var limitText: String {
    switch max {
    case .rows(let rows): String(rows)
    case .share(let share): Units.percentText(share)
    }
  }
}
