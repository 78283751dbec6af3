import HostLake
import HostModel
import HostPluginCalls
import HostPluginRuntime

/// A detector of one stream. What its level leaves out it does not see: rows are written all the same, and that they were
/// not looked at is told.
final class StreamDetector {
  let key: String
  private(set) var instance: DetectorInstance
  private let context: RunContext
  private let stream: Int
  private let planned: PlannedStage
  private var current: StageBook.Current
  private let make: (StageBook.Current, _ state: [UInt8]?) throws(Failure) -> DetectorInstance
  private var isSkipping = false

  /// - Parameters:
  ///   - state: what it has learnt in earlier runs.
  ///   - make: makes an instance of a plugin in this place, which goes on from a state.
  init(
    _ context: RunContext, stream: Int, key: String, _ planned: PlannedStage, state: [UInt8]?,
    make: @escaping (StageBook.Current, _ state: [UInt8]?) throws(Failure) -> DetectorInstance
  ) throws(Failure) {
    self.context = context
    self.stream = stream
    self.key = key
    self.planned = planned
    self.make = make
    let current = context.host.stages.current(planned)
    do throws(Failure) {
      instance = try make(current, state)
      context.host.stages.prove(current)
      self.current = current
    } catch {
      guard let before = context.takeBack(current, error) else { throw error }
      instance = try make(before, state)
      self.current = before
    }
  }

  private var stage: PlannedStage { current.stage }

  /// Changes over to the plugin that is in this place now, with all that the old one has learnt.
  func changeOver() throws(Failure) {
    let next = context.host.stages.current(planned)
    guard next.number != current.number else { return }
    let state: [UInt8]?
    // One that cannot say what it has learnt now may be able to before the next batch.
    do throws(Failure) { state = try instance.save() } catch { return }
    do throws(Failure) {
      instance = try make(next, state)
      current = next
      context.host.stages.prove(next)
    } catch {
      // The old one is as it was.
      guard let before = context.takeBack(next, error) else { throw error }
      current.number = before.number
    }
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
