import Foundation
import Testing

import TestSupport

/// What the tests of the PostgreSQL source share.
enum PostgresFixture {
  /// Beside the test executable, or where `HEADRACE_TEST_PLUGINS` says.
  static let library: String = {
    let named = ProcessInfo.processInfo.environment["HEADRACE_TEST_PLUGINS"]
    let beside = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let folder = named ?? URL(fileURLWithPath: beside).deletingLastPathComponent().path
    return folder + "/libheadrace-postgres.so"
  }()

  static func server() throws -> PostgresServer { try PostgresServer.shared.get() }

  /// A database of the shared server with a script run in it.
  static func database(_ name: String, _ script: String) throws -> PostgresServer {
    let server = try server()
    try server.database(name, script)
    return server
  }

  /// `extra` is JSON members: `"chunk_rows": 10`.
  static func driver(_ dsn: String, _ extra: String = "") throws -> SourceDriver {
    try SourceDriver(library, config: "{\"dsn\": \"\(dsn)\"\(extra.isEmpty ? "" : ", " + extra)}")
  }

  struct Everything {
    var rows: [[String]] = []
    var rejects: [(place: String, reason: String, record: [UInt8])] = []
    var splits = 0
    var batches = 0
  }

  /// Reads a stream as a host does: plans, opens every split, reads it to its end.
  static func readAll(_ driver: SourceDriver, _ stream: String, bytes: UInt64 = 0, batchRows: UInt64 = 0) throws
    -> Everything
  {
    var all = Everything()
    for split in try driver.splits(stream, bytes: bytes) {
      all.splits += 1
      let reader = try driver.open(stream, split, rows: batchRows)
      while let batch = try reader.read() {
        all.batches += 1
        all.rows += batch.rows
        all.rejects += batch.rejects
      }
      reader.close()
    }
    return all
  }

  /// Reads a stream as a host does over a network that fails: what breaks off goes on from its last position. `failed`
  /// is told of every failure, and throws where it is to be the last.
  static func readOn(
    _ driver: SourceDriver, _ stream: String, batchRows: UInt64, failed: (SourceDriver.Failure) throws -> Void
  ) throws -> [[String]] {
    func untilDone<Result>(_ body: () throws -> Result) throws -> Result {
      while true {
        do { return try body() } catch let failure as SourceDriver.Failure { try failed(failure) }
      }
    }
    var rows: [[String]] = []
    for split in try untilDone({ try driver.splits(stream) }) {
      var last: SourceDriver.Batch?
      try untilDone {
        let reader = try driver.open(
          stream, split, position: last?.position ?? [], ordinal: last?.ordinal ?? 0, rows: batchRows)
        defer { reader.close() }
        while let batch = try reader.read() {
          rows += batch.rows
          last = batch
        }
      }
    }
    return rows
  }

  /// Reads until something fails; what came last before it is where to go on.
  static func readUntilFailure(
    _ reader: SourceDriver.Reader, after batch: SourceDriver.Batch
  ) -> (SourceDriver.Failure?, SourceDriver.Batch) {
    var last = batch
    let failure = failure {
      while let next = try reader.read() { last = next }
    }
    return (failure, last)
  }

  /// The shared server asks nobody but the role `locked` for a password, which is `right`. Other suites may have made it.
  static func lockedRole() throws -> PostgresServer { try locked.get() }

  /// Once: of two sessions that change a role at the same time one fails.
  private static let locked = Result {
    let shared = try server()
    try shared.query(
      """
      DO $$ BEGIN CREATE ROLE locked LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
      ALTER ROLE locked PASSWORD 'right'
      """)
    return shared
  }

  /// Expects a failure and returns it.
  static func failure(_ body: () throws -> Void) -> SourceDriver.Failure? {
    do { try body() } catch { return error as? SourceDriver.Failure }
    return nil
  }
}
