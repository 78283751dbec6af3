package import HostModel
import HostPluginCalls

/// How fast a plugin is: the same work again and again, for a while.
package struct PluginMeter: Sendable {
  package struct Speed: Sendable {
    package var calls: Double
    package var rows: Double
    package var memory: Memory
  }

  /// The most memory of a round, in bytes; nil where the system does not tell.
  package struct Memory: Sendable, Equatable {
    /// Of this process, with all else that it has.
    package var host: Int64?
    /// Of the plugin's worker; nil for one that runs in this process.
    package var worker: Int64?

    /// The most of several rounds.
    package static func most(_ rounds: [Memory]) -> Memory {
      Memory(host: rounds.compactMap(\.host).max(), worker: rounds.compactMap(\.worker).max())
    }
  }

  /// Rows of one sample batch.
  private static let batchRows = 16_384
  private let drive: PluginDrive
  private let clock: any Clock
  private let peaks: any MemoryPeaks
  private let time: Duration

  /// - Parameter time: how long a measurement takes.
  package init(_ drive: PluginDrive, clock: any Clock, peaks: any MemoryPeaks, time: Duration) {
    self.drive = drive
    self.clock = clock
    self.peaks = peaks
    self.time = time
  }

  /// Of one plugin as one kind, per second.
  ///
  /// - Parameter columns: of the sample rows that a transform or a detector is given.
  package func speed(as kind: PluginKind, columns: [Field], seed: UInt64) throws(Failure) -> Speed {
    peaks.forgetPeak()
    let sample = SampleRows(columns, seed: seed)
    func batch() -> RecordBatch {
      RecordBatch(adopting: sample.batch(0..<Self.batchRows), schema: Schema(columns))
    }
    switch kind {
    case .source: return try reading()
    case .transform:
      let transform = try drive.transform(Schema(columns))
      return try repeated(transform) { () throws(Failure) in
        switch transform.apply(batch()) {
        case .transformed: return Self.batchRows
        case .failed(_, let failure): throw failure
        }
      }
    case .detector:
      let detector = try drive.detector(Schema(columns))
      let rows = batch()
      return try repeated(detector) { () throws(Failure) in
        _ = try detector.inspect(rows)
        return Self.batchRows
      }
    case .llm:
      let model = try drive.model()
      return try repeated(model) { () throws(Failure) in
        _ = try drive.ask(model, "What is a headrace?")
        return 1
      }
    case .cdc, .format, .sink:
      throw Failure(.invalidInput, "a \(kind.rawValue) is not measured", advice: "see 'make bench'")
    }
  }

  /// A source is read from its beginning as often as there is time for.
  private func reading() throws(Failure) -> Speed {
    let source = try drive.source()
    var (calls, rows) = (0, 0)
    let began = clock.now()
    repeat {
      let before = rows
      try drive.read(source) { (batch) throws(Failure) in
        calls += 1
        rows += batch.takeRows().rowCount
        return began.duration(to: clock.now()) < time
      }
      guard rows > before else { throw Failure(.invalidInput, "the source has no rows with this configuration") }
    } while began.duration(to: clock.now()) < time
    return speed(calls, rows, since: began, of: source)
  }

  private func repeated(
    _ instance: PluginInstance, _ body: () throws(Failure) -> Int
  ) throws(Failure) -> Speed {
    var (calls, rows) = (0, 0)
    _ = try body()
    let began = clock.now()
    repeat {
      rows += try body()
      calls += 1
    } while began.duration(to: clock.now()) < time
    return speed(calls, rows, since: began, of: instance)
  }

  private func speed(_ calls: Int, _ rows: Int, since began: Instant, of instance: PluginInstance) -> Speed {
    let seconds = Double(began.duration(to: clock.now()).wholeNanoseconds) / 1e9
    // The worker is there until its instance goes.
    let memory = Memory(
      host: peaks.peak(of: nil), worker: instance.workerProcess.flatMap { peaks.peak(of: $0) })
    return Speed(calls: Double(calls) / seconds, rows: Double(rows) / seconds, memory: memory)
  }
}

extension Instant {
  fileprivate func duration(to later: Instant) -> Duration { later.duration(since: self) }
}
