import HostLake
import HostModel
import HostPluginCalls
import HostPluginRuntime

/// A detector of one stream. What its level leaves out it does not see: rows are written all the same, and that they were
/// not looked at is told.
final class StreamDetector {
  let key: String
  let instance: DetectorInstance
  private let context: RunContext
  private let stream: Int
  private let stage: PlannedStage
  private var isSkipping = false

  init(_ context: RunContext, stream: Int, key: String, stage: PlannedStage, instance: DetectorInstance) {
    self.context = context
    self.stream = stream
    self.key = key
    self.stage = stage
    self.instance = instance
  }

  func inspect(_ rows: borrowing RecordBatch) throws(Failure) -> [DetectorFinding] {
    guard works else {
      skip()
      return []
    }
    do throws(Failure) {
      let found = try instance.inspect(rows)
      resume()
      return named(found)
    } catch {
      // The level may have come between the question and the call.
      guard error.status == .rejected, !works else { throw error }
      skip()
      return []
    }
  }

  /// All of the stream was read.
  func finish(rows: Int) throws(Failure) -> [DetectorFinding] {
    guard works else { return [] }
    do throws(Failure) { return named(try instance.finish(rows: rows, at: context.host.clock.wallTime())) } catch {
      guard error.status == .rejected, !works else { throw error }
      return []
    }
  }

  private var works: Bool { stage.behaviour.works(at: context.level) }

  private func named(_ findings: [Finding]) -> [DetectorFinding] {
    findings.map { DetectorFinding(detector: stage.name, finding: $0) }
  }

  private func skip() {
    if !isSkipping { context.emit("detector_skipped", stream: stream, ["detector": .string(key)]) }
    isSkipping = true
  }

  private func resume() {
    if isSkipping { context.emit("detector_resumed", stream: stream, ["detector": .string(key)]) }
    isSkipping = false
  }
}
