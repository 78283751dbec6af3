import HostModel
import HostQueue
import HostSystem
import TestSupport

/// A disk with the folder of one queue, and what whoever uses the queue may rely on.
final class QueueWorld {
  static let folder = "/data/queue"

  let memory: MemoryFileSystem
  let disk: FailingDisk
  var ledger = QueueLedger()
  private var configuration: QueueConfiguration
  private(set) var queue: LocalQueue
  /// Not if opening it again has failed.
  private(set) var isOpen = true

  init(seed: UInt64, _ configuration: QueueConfiguration) throws {
    memory = MemoryFileSystem(seed: seed)
    disk = FailingDisk(seed: seed, files: memory)
    self.configuration = configuration
    queue = try Self.open(disk, configuration)
  }

  static func open(_ files: any FileSystem, _ configuration: QueueConfiguration) throws -> LocalQueue {
    try LocalQueue(folder: folder, files: files, lanes: SystemLanes(), configuration: configuration) { 0x5EED }
  }

  /// Small enough that a few records fill a segment.
  static func configuration(
    _ sync: QueueConfiguration.SyncPolicy, segmentBytes: Int = 150, maxBytes: Int = 100_000
  ) -> QueueConfiguration {
    var configuration = QueueConfiguration()
    configuration.sync = sync
    configuration.segmentBytes = segmentBytes
    configuration.maxBytes = maxBytes
    configuration.maxRecordBytes = 100
    return configuration
  }

  /// A payload that tells its number, of a length that varies.
  static func payload(_ number: Int) -> [UInt8] {
    let text = Array("record \(number) ".utf8)
    return text + [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number * 37 % 80)
  }

  // MARK: What is done with the queue

  @discardableResult func append(_ payload: [UInt8]) throws -> LocalQueue.Appended {
    ledger.tried(payload)
    let appended = try queue.append(payload)
    try ledger.appended(payload, appended, durable: queue.syncedOffset)
    return appended
  }

  func sync() throws {
    try queue.sync()
    ledger.syncedAll()
  }

  func read(_ offset: UInt64) throws {
    let record = try queue.read(from: offset)
    try ledger.read(record, from: offset)
  }

  func free(upTo offset: UInt64) throws {
    ledger.freed(upTo: offset)
    try queue.free(upTo: offset)
  }

  func readAll() throws {
    for offset in queue.firstOffset...queue.nextOffset { try read(offset) }
  }

  /// The process ends and another opens what is left.
  func crash(_ loss: CrashLoss) throws {
    memory.crash(loss)
    try reopen(loss)
  }

  func reopen(_ loss: CrashLoss, _ configuration: QueueConfiguration? = nil) throws {
    if let configuration { self.configuration = configuration }
    isOpen = false
    queue = try Self.open(disk, self.configuration)
    // Without a part of it if a fault comes in between.
    var found = ledger
    try found.reopened(queue, loss)
    ledger = found
    isOpen = true
  }

  /// The files of the queue, all that are not temporary.
  var fileBytes: Int {
    get throws {
      try memory.files.filter { $0.hasSuffix(".segment") }.reduce(0) { try $0 + Int(memory.info($1)?.size ?? 0) }
    }
  }
}

/// What a queue has promised: a model that knows no files.
struct QueueLedger {
  struct Broken: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }

  private var records: [UInt64: [UInt8]] = [:]
  private(set) var next: UInt64 = 0
  /// Records below it are to survive everything.
  private(set) var durable: UInt64 = 0
  /// Records from it on are to be there.
  private(set) var freed: UInt64 = 0
  /// What was to become record `next` and was refused: a crash may show that it was written nevertheless.
  private var refused: [[UInt8]] = []

  mutating func tried(_ payload: [UInt8]) { refused.append(payload) }

  mutating func appended(_ payload: [UInt8], _ appended: LocalQueue.Appended, durable: UInt64) throws {
    guard case .stored(let offset) = appended else {
      refused.removeLast()
      return
    }
    guard offset == next else { throw Broken("record \(next) was given the offset \(offset)") }
    refused = []
    records[offset] = payload
    next += 1
    guard durable >= self.durable, durable <= next else { throw Broken("durable up to \(durable) of \(next)") }
    self.durable = durable
  }

  mutating func syncedAll() { durable = next }

  mutating func freed(upTo offset: UInt64) { freed = max(freed, offset) }

  mutating func read(_ record: LocalQueue.Record?, from offset: UInt64) throws {
    guard let record else {
      guard offset == next else { throw Broken("record \(offset) is not there, the end is \(next)") }
      return
    }
    guard offset < next, record.offset == offset, record.payload == records[offset] else {
      throw Broken("record \(offset) reads as record \(record.offset) of \(record.payload.count) bytes")
    }
    // What was read may have had consequences.
    durable = max(durable, offset + 1)
  }

  /// After a crash: all that was durable, and of the rest the beginning.
  mutating func reopened(_ queue: LocalQueue, _ loss: CrashLoss) throws {
    let found = queue.nextOffset
    let least = loss == .nothing ? next : durable
    guard found >= least else { throw Broken("the queue ends at \(found), \(least) was stored") }
    if found > next {
      guard found == next + 1, let late = try queue.read(from: next)?.payload, refused.contains(late) else {
        throw Broken("the queue ends at \(found), only \(next) was stored")
      }
      records[next] = late
    }
    refused = []
    next = found
    guard queue.firstOffset <= min(freed, found) else {
      throw Broken("the queue begins at \(queue.firstOffset), freed is \(freed)")
    }
    for offset in queue.firstOffset...found { try read(queue.read(from: offset), from: offset) }
    records = records.filter { $0.key < found }
    durable = found
    freed = min(freed, found)
  }
}
