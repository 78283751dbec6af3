import HostLake
import HostModel
import HostPluginCalls
import HostPluginRuntime

/// A detector of one stream. What its level leaves out it does not see: rows are written all the same, and that they were
/// not looked at is told.
final class StreamDetector {
  /// What an instance that is made next goes on from.
  private final class Memory {
    var state: [UInt8]?
    init(_ state: [UInt8]?) { self.state = state }
  }

  let key: String
  private let context: RunContext
  private let stream: Int
  private let memory: Memory
  private let seat: StageSeat<DetectorInstance>
  private var isSkipping = false

  /// - Parameters:
  ///   - state: what it has learnt in earlier runs.
  ///   - make: makes an instance of a plugin in this place, which goes on from a state.
  init(
    _ context: RunContext, stream: Int, key: String, _ planned: PlannedStage, state: [UInt8]?,
    make: @escaping (PlannedStage, _ state: [UInt8]?) throws(Failure) -> DetectorInstance
  ) throws(Failure) {
    self.context = context
    self.stream = stream
    self.key = key
    let memory = Memory(state)
    self.memory = memory
    seat = try context.seat(planned) { (stage) throws(Failure) in try make(stage, memory.state) }
  }

  private var stage: PlannedStage { seat.stage }

  /// What it has learnt.
  func save() throws(Failure) -> [UInt8]? {
    try seat.use(proves: false) { (instance) throws(Failure) in try instance.save() }
  }

  /// Changes over to the plugin that is in this place now, with all that the old one has learnt.
  func changeOver() throws(Failure) {
    guard seat.isOutdated else { return }
    do throws(Failure) { memory.state = try seat.instance.save() } catch {
      // One that cannot say what it has learnt now may be able to before the next batch; from a newcomer it is not taken.
      _ = try seat.goBack(after: error)
      return
    }
    try seat.changeOver()
  }

  func inspect(_ rows: borrowing RecordBatch) throws(Failure) -> [DetectorFinding] {
    guard works else {
      skip()
      return []
    }
    do throws(Failure) {
      let found = try inspected(rows)
      resume()
      return named(found)
    } catch {
      // The level may have come between the question and the call.
      guard error.status == .rejected, !works else { throw error }
      skip()
      return []
    }
  }

  private func inspected(_ rows: borrowing RecordBatch) throws(Failure) -> [Finding] {
    while true {
      do throws(Failure) {
        let found = try seat.instance.inspect(rows)
        seat.prove()
        return found
      } catch {
        // The level says nothing about a plugin.
        guard works, try seat.goBack(after: error) else { throw error }
      }
    }
  }

  /// All of the stream was read.
  func finish(rows: Int) throws(Failure) -> [DetectorFinding] {
    guard works else { return [] }
    do throws(Failure) {
      let now = context.host.clock.wallTime()
      return named(try seat.use { (instance) throws(Failure) in try instance.finish(rows: rows, at: now) })
    } catch {
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
