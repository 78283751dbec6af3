import Foundation
import GRDB
package import HostModel

/// The last answers of providers, for the link `cached_response` of their chains: a SQLite file that the processes of one
/// home share, and that is only of use, never needed.
///
/// Answers are kept whatever their age, which is looked at when one is wanted: chains differ in how old an answer they take.
/// Two bounds hold after every write; what has not been used for longest goes first. The file can be removed at any time.
package final class AnswerStore: Sendable {
  /// What is kept at most.
  package struct Bounds: Sendable, Equatable {
    package var entries: Int
    /// Of questions' keys and answers together.
    package var bytes: Int

    package init(entries: Int = 10_000, bytes: Int = 64 << 20) {
      self.entries = max(0, entries)
      self.bytes = max(0, bytes)
    }
  }

  package struct Answer: Sendable, Equatable {
    package let content: [UInt8]
    package let answeredAt: WallTime

    package init(content: [UInt8], answeredAt: WallTime) {
      self.content = content
      self.answeredAt = answeredAt
    }
  }

  private let database: DatabaseQueue
  private let path: String
  private let bounds: Bounds

  /// Opens the file, and makes it where there is none.
  /// - Throws: a failure of the environment that names the file.
  package init(path: String, bounds: Bounds = Bounds()) throws(Failure) {
    self.path = path
    self.bounds = bounds
    var configuration = Configuration()
    configuration.journalMode = .wal
    configuration.busyMode = .timeout(5)
    configuration.label = "answers"
    do {
      database = try DatabaseQueue(path: path, configuration: configuration)
      try Self.schema.migrate(database)
    } catch { throw Self.failure(error, path) }
  }

  private static var schema: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { database in
      try database.execute(
        sql: """
          CREATE TABLE answers (
            key TEXT PRIMARY KEY, content BLOB NOT NULL, bytes INTEGER NOT NULL, answered_at_us INTEGER NOT NULL,
            used INTEGER NOT NULL);
          CREATE INDEX answers_used ON answers (used);
          """)
    }
    return migrator
  }

  /// Keeps an answer in place of an earlier one to the same question. One that is larger than all that may be kept is not,
  /// and the earlier one is not either: it is known not to be the latest.
  package func store(_ key: String, _ answer: Answer) throws(Failure) {
    let size = key.utf8.count + answer.content.count
    try write { database in
      try database.execute(sql: "DELETE FROM answers WHERE key = ?", arguments: [key])
      guard size <= bounds.bytes, bounds.entries > 0 else { return }
      try database.execute(
        sql: """
          INSERT INTO answers (key, content, bytes, answered_at_us, used)
          VALUES (?, ?, ?, ?, (SELECT coalesce(max(used), 0) + 1 FROM answers))
          """, arguments: [key, Data(answer.content), size, answer.answeredAt.microseconds])
      try prune(database)
    }
  }

  /// The answer to a question, however old; it is the last used then.
  package func lookUp(_ key: String) throws(Failure) -> Answer? {
    try write { database in
      let sql = "SELECT content, answered_at_us FROM answers WHERE key = ?"
      guard let row = try Row.fetchOne(database, sql: sql, arguments: [key]) else { return nil }
      try database.execute(
        sql: "UPDATE answers SET used = (SELECT max(used) + 1 FROM answers) WHERE key = ?", arguments: [key])
      let content: Data = row[0]
      return Answer(content: Array(content), answeredAt: WallTime(microseconds: row[1]))
    }
  }

  /// How many answers are kept, and what they count for.
  package func size() throws(Failure) -> (entries: Int, bytes: Int) {
    try write { database in
      let row = try Row.fetchOne(database, sql: "SELECT count(*), coalesce(sum(bytes), 0) FROM answers")
      return (row?[0] ?? 0, row?[1] ?? 0)
    }
  }

  /// Removes what was not used for longest until both bounds hold.
  private func prune(_ database: Database) throws {
    try database.execute(
      sql: """
        DELETE FROM answers WHERE key IN (
          SELECT key FROM (
            SELECT key, row_number() OVER newest AS place, sum(bytes) OVER newest AS total
            FROM answers WINDOW newest AS (ORDER BY used DESC))
          WHERE place > ? OR total > ?)
        """, arguments: [bounds.entries, bounds.bytes])
  }

  private func write<R>(_ body: (Database) throws -> R) throws(Failure) -> R {
    do { return try database.write(body) } catch { throw Self.failure(error, path) }
  }

  private static func failure(_ error: any Error, _ path: String) -> Failure {
    let what = (error as? DatabaseError).map { $0.message ?? $0.resultCode.description } ?? "\(error)"
    return Failure(
      .environment, "\(path): \(what)", advice: "remove the file: answers are then asked for anew", status: .transient)
  }
}
