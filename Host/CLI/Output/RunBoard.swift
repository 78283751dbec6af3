import Glibc
import HostFormats
import HostModel
import HostPipelines
import Synchronization

/// What a run shows of itself to `headrace status`, beside what the gate knows.
final class RunBoard: Sendable {
  private let pipeline: String
  private let startedAt: WallTime
  private let progress = Mutex<[StreamProgress]>([])
  private let depth = Mutex<@Sendable () -> QueueDepth>({ QueueDepth() })

  init(pipeline: String, startedAt: WallTime) {
    self.pipeline = pipeline
    self.startedAt = startedAt
  }

  /// The streams are known once the run is planned.
  func show(_ run: PipelineRun) {
    progress.withLock { $0 = run.progress }
    depth.withLock { $0 = run.queueDepth }
  }

  var queueDepth: QueueDepth { depth.withLock { $0 }() }

  var json: JSONObject {
    let streams = progress.withLock { $0 }.map { stream in
      JSONValue.object([
        "name": .string(stream.stream.stream), "table": .string(stream.table.description),
        "rows_read": .integer(Int64(stream.rowsRead)), "rows_written": .integer(Int64(stream.rowsWritten)),
        "rows_committed": .integer(Int64(stream.rowsCommitted)), "rows_dead": .integer(Int64(stream.rowsDead)),
      ])
    }
    return [
      "schema_version": 1, "pipeline": .string(pipeline), "pid": .integer(Int64(getpid())),
      "started_at_us": .integer(startedAt.microseconds), "streams": .array(streams),
      "queue_depth": .integer(Int64(queueDepth.waiting)),
    ]
  }
}
