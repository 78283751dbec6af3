package import HostModel
import Synchronization

/// What one stream of a run has come to; read at any time, from any thread.
package final class StreamProgress: Sendable {
  package let stream: StreamID
  package let table: TableName
  private let read = Atomic<Int>(0)
  private let written = Atomic<Int>(0)
  private let dead = Atomic<Int>(0)
  private let found = Atomic<Int>(0)
  private let bytes = Atomic<Int>(0)
  private let committed = Atomic<Int>(0)

  init(stream: StreamID, table: TableName) {
    self.stream = stream
    self.table = table
  }

  /// Rows that came from the source, those that it could not read included.
  package var rowsRead: Int { read.load(ordering: .relaxed) }
  /// Rows in data files of this run, committed or not.
  package var rowsWritten: Int { written.load(ordering: .relaxed) }
  package var rowsDead: Int { dead.load(ordering: .relaxed) }
  package var findings: Int { found.load(ordering: .relaxed) }
  package var sourceBytes: Int { bytes.load(ordering: .relaxed) }
  /// Rows that readers of the table, or of its staging branch, can rely on.
  package var rowsCommitted: Int { committed.load(ordering: .relaxed) }

  func didRead(rows: Int, bytes count: Int64) {
    read.add(rows, ordering: .relaxed)
    // What a plugin counts may be anything, and must not end the host.
    bytes.wrappingAdd(Int(max(0, count)), ordering: .relaxed)
  }

  func didWrite(rows: Int, dead letters: Int, findings: Int) {
    written.add(rows, ordering: .relaxed)
    dead.add(letters, ordering: .relaxed)
    found.add(findings, ordering: .relaxed)
  }

  func didCommit(rows: Int) { committed.add(rows, ordering: .relaxed) }
}

/// How a run ended.
package enum RunStatus: String, Sendable {
  case succeeded
  case failed
  /// Another run of the same pipeline has written in the meantime.
  case fenced
  /// Somebody asked it to stop; what was complete is committed.
  case interrupted
}

package struct RunSummary: Sendable {
  package struct Stream: Sendable {
    package var name: String
    package var table: TableName
    package var rowsRead: Int
    /// Rows that were committed.
    package var rowsWritten: Int
    package var rowsDead: Int
    package var findings: Int
    package var snapshotID: Int64?
  }

  package var pipeline: String
  package var status: RunStatus
  package var failure: Failure?
  package var streams: [Stream]
  package var duration: Duration
}

/// A number that one thread sets and any reads.
final class Gauge: Sendable {
  private let number = Atomic<Int>(0)
  var value: Int { number.load(ordering: .relaxed) }
  func set(_ value: Int) { number.store(value, ordering: .relaxed) }
}
