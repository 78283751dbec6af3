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

  func folder(_ pipeline: String) -> String { "\(root)/\(pipeline)" }

  /// Forgets all that is queued for a pipeline, or for one of its streams.
  ///
  /// - Throws: a `conflict` while a run has the queues.
  package func forget(_ pipeline: String, stream: String?, lanes: any Lanes) throws(Failure) {
    guard try files.info(folder(pipeline)) != nil else { return }
    let spools = Spools(self, pipeline: pipeline, lanes: lanes)
    let prefix = stream.map { Spools.name(StreamID(pipeline: pipeline, stream: $0)) }
    guard try spools.forget({ name in prefix.map { name.hasPrefix($0) } ?? true }) else {
      throw Failure(
        .run, "the pipeline '\(pipeline)' is running and has batches in its queue", advice: "wait for its end",
        status: .conflict)
    }
  }
}

/// The queues of one run. Any lane.
///
/// Of several runs of a pipeline at one time only one has the queues: the others wait in an emergency. Which of them may
/// write the table is the commits' to decide.
final class Spools: Sendable {
  private let place: SpoolPlace
  private let lanes: any Lanes
  private let pipeline: String
  private let monitor: any Monitor
  private let open = Opened()

  /// Guarded by the monitor.
  private final class Opened: @unchecked Sendable {
    var spools: [Key: SplitSpool] = [:]
    var lock: (any FileLock)?
  }

  private static let lockName = "lock"

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

  private var folder: String { place.folder(pipeline) }

  /// Whether the queues are this run's, from now on if nobody else has them.
  private func acquire() throws(Failure) -> Bool {
    try monitor.withLock { () throws(Failure) in
      if open.lock != nil { return true }
      try place.files.createDirectory(folder)
      open.lock = try place.files.lock("\(folder)/\(Self.lockName)")
      return open.lock != nil
    }
  }

  /// A name that every split has for itself, whatever its source calls it.
  private func folder(_ stream: StreamID, _ split: String) -> String {
    "\(folder)/\(Self.name(stream, split))"
  }

  private static func name(_ stream: StreamID, _ split: String) -> String { name(stream) + number(split) }

  /// What the names of a stream's queues begin with.
  static func name(_ stream: StreamID) -> String { number(stream.stream) + "-" }

  private static func number(_ text: String) -> String {
    String(UInt64(bitPattern: SourceID(derivedFrom: text).value), radix: 16)
  }

  /// Empties the queues of these streams' splits but for those that are kept. A process that dies between a commit and the
  /// freeing of what it covers leaves a queue that nobody asks for any more.
  ///
  /// - Returns: false if another run has the queues; nothing was done then.
  func forget(
    of streams: [StreamID], except kept: [(stream: StreamID, split: String)]
  ) throws(Failure) -> Bool {
    let prefixes = streams.map(Self.name)
    let names = Set(kept.map { Self.name($0.stream, $0.split) })
    return try forget { name in !names.contains(name) && prefixes.contains { name.hasPrefix($0) } }
  }

  /// Empties the queues of these names.
  fileprivate func forget(_ isMeant: (String) -> Bool) throws(Failure) -> Bool {
    guard try place.files.info(folder) != nil else { return true }
    guard try acquire() else { return false }
    for name in try place.files.list(folder) where isMeant(name) && name != Self.lockName {
      let queue = try LocalQueue(
        folder: "\(folder)/\(name)", files: place.files, lanes: lanes, configuration: place.configuration)
      try queue.free(upTo: queue.nextOffset)
      try queue.close()
    }
    return true
  }

  /// The queue that an earlier process has left for a split; nil if there is none, or if another run has it.
  func left(
    _ stream: StreamID, _ index: Int, _ known: SplitPosition, run: UInt64
  ) throws(Failure) -> (spool: SplitSpool, discarded: String?)? {
    guard try place.files.info(folder(stream, known.split)) != nil else { return nil }
    return try make(stream, index, known, run: run)
  }

  /// The queue of a split, made if there is none; nil if another run has the queues.
  func make(
    _ stream: StreamID, _ index: Int, _ known: SplitPosition, run: UInt64
  ) throws(Failure) -> (spool: SplitSpool, discarded: String?)? {
    guard try acquire() else { return nil }
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
    monitor.withLock { open.lock = nil }
  }
}
