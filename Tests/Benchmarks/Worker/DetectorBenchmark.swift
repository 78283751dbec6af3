import HostModel
import HostPluginCalls
import HostSystem

/// What it costs that a detector in a worker says after each batch what it knows: beside the same without `save`.
struct DetectorBenchmark {
  let learning: LoadedPlugin
  let forgetful: LoadedPlugin
  private static let rounds = 9
  private static let batches = 40
  private static let stateBytes = [32, 4 << 10, 64 << 10, 1 << 20]
  private static let columns = Schema([Field("n", .integer(bits: 64), nullable: false)])

  func report() throws {
    print("\n(f) a detector in a worker: microseconds for a batch, without a state and with one of so many bytes")
    for kibibytes in [64, 1024, 8192] {
      let batch = Self.batch(rows: kibibytes * 128)
      // Each round has all of them, so that what else the machine does is in all.
      var times = [[Double]](repeating: [], count: Self.stateBytes.count + 1)
      for _ in 0..<Self.rounds {
        times[0].append(try time(forgetful, stateBytes: 32, batch))
        for (index, bytes) in Self.stateBytes.enumerated() {
          times[index + 1].append(try time(learning, stateBytes: bytes, batch))
        }
      }
      let told = zip(["none"] + Self.stateBytes.map(String.init), times).map { name, times in
        "\(name) \(Int(WorkerBenchmark.median(times).rounded()))"
      }
      print("  \(kibibytes) KiB  \(told.joined(separator: "  "))")
    }
  }

  private static func batch(rows: Int) -> RecordBatch {
    var numbers = ColumnBuilder(.long)
    for row in 0..<rows { numbers.append(Int64(row)) }
    return RecordBatch(columns, rows: rows, columns: [numbers.finish().take()])
  }

  /// Microseconds for a batch.
  private func time(_ plugin: LoadedPlugin, stateBytes: Int, _ batch: borrowing RecordBatch) throws(Failure) -> Double {
    let config = #"{"at": "", "marks": "", "state_bytes": \#(stateBytes), "save_fails_from": -1, "refuses": false}"#
    let detector = try DetectorInstance(
      plugin, config: config, stream: "numbers", schema: ExportedSchema(Self.columns),
      context: WorkerBenchmark.context(), host: WorkerBenchmark.services())
    _ = try detector.inspect(batch)
    let clock = SystemClock()
    let began = clock.now()
    for _ in 0..<Self.batches { _ = try detector.inspect(batch) }
    return Double(clock.now().duration(since: began).wholeNanoseconds) / 1000 / Double(Self.batches)
  }
}
