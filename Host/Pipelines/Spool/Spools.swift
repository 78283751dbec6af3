import HostFormats
package import HostModel
import HostPluginCalls
package import HostQueue

/// Where a run keeps raw batches while it may not process them: a durable queue for each split that needs one, under
/// `HOME/queue/PIPELINE/`.
package struct SpoolPlace: Sendable {
  package let root: String
  package let files: any FileSystem
  package let configuration: QueueConfiguration

  package init(root: String, files: any FileSystem, configuration: QueueConfiguration) {
    self.root = root
    self.files = files
    self.configuration = configuration
  }
}

/// The queues of one run. Any lane.
final class Spools: Sendable {
  private let place: SpoolPlace
  private let lanes: any Lanes
  private let pipeline: String
  private let monitor: any Monitor
  private let open = Opened()

  /// Guarded by the monitor.
  private final class Opened: @unchecked Sendable {
    var spools: [Key: SplitSpool] = [:]
  }

  private struct Key: Hashable {
    let stream: Int
    let split: String
  }

  init(_ place: SpoolPlace, pipeline: String, lanes: any Lanes) {
    self.place = place
    self.lanes = lanes
    self.pipeline = pipeline
    monitor = lanes.makeMonitor()
  }

  /// A name that every split has for itself, whatever its source calls it.
  private func folder(_ stream: StreamID, _ split: String) -> String {
    let number = UInt64(bitPattern: SourceID(derivedFrom: "\(stream.stream)\u{0}\(split)").value)
    return "\(place.root)/\(pipeline)/\(String(number, radix: 16))"
  }

  /// The queue that an earlier process has left for a split; nil if there is none.
  func left(
    _ stream: StreamID, _ index: Int, _ known: SplitPosition, run: UInt64
  ) throws(Failure) -> (spool: SplitSpool, discarded: String?)? {
    guard try place.files.info(folder(stream, known.split)) != nil else { return nil }
    return try make(stream, index, known, run: run)
  }

  /// The queue of a split, made if there is none.
  func make(
    _ stream: StreamID, _ index: Int, _ known: SplitPosition, run: UInt64
  ) throws(Failure) -> (spool: SplitSpool, discarded: String?) {
    let made = try SplitSpool.open(
      folder(stream, known.split), files: place.files, lanes: lanes, configuration: place.configuration, known: known,
      run: run)
    monitor.withLock { open.spools[Key(stream: index, split: known.split)] = made.spool }
    return made
  }

  /// A commit of a stream was made: what it covers is freed.
  func committed(_ stream: Int, _ positions: [String: SplitPosition]) throws(Failure) {
    for (split, position) in positions {
      guard let spool = monitor.withLock({ open.spools[Key(stream: stream, split: split)] }) else { continue }
      try spool.committed(position)
    }
  }

  /// Batches that wait, of all splits.
  var depth: Int { monitor.withLock { Array(open.spools.values) }.reduce(0) { $0 + $1.depth } }

  /// Everything that was appended survives the process, and the loss of power too.
  func close() throws(Failure) {
    for spool in monitor.withLock({ Array(open.spools.values) }) { try spool.close() }
  }
}
