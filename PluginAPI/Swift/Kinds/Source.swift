/// Reads streams of rows, in splits, each from a position.
///
/// Exactly once is the host's work; a source owes it three things. A split with the same id over the same data yields,
/// from the same position, the same rows in the same batches. A position stands for everything before it. A call that
/// throws has consumed nothing.
public protocol Source: PluginInstance {
  /// Whether the source wants to know what has become durable. `acknowledge` is called only if it does.
  static var wantsAcknowledgements: Bool { get }

  /// The streams whose names match one of the patterns (`*` matches within a name; none: all), in a stable order.
  /// Throws `notFound` if a pattern without `*` matches nothing.
  func discover(_ patterns: [String], call: Call) throws -> [SourceStream]

  /// What is to be read of a stream: nothing that `known` says is complete, and for a split begun before the same
  /// boundaries again. Throws `conflict` if data that was read has changed since.
  func splits(_ request: SplitRequest, call: Call) throws -> SplitList

  /// Begins to read a split. At most one reader is open in an instance.
  func open(_ request: OpenRequest, call: Call) throws -> (schema: Schema, reader: any SourceReader)

  /// Everything up to this position is durable at the destination. May come again, and late, and to an instance that has
  /// opened nothing. It names no stream: splits of two streams that have the same id are told one like the other.
  func acknowledge(_ position: SplitPosition, call: Call) throws
}

extension Source {
  public static var wantsAcknowledgements: Bool { false }
  public func acknowledge(_ position: SplitPosition, call: Call) throws {}
}

/// A split being read.
public protocol SourceReader: AnyObject {
  /// The next batch, nil at the end. After an error the reader is only closed.
  func read(call: Call) throws -> SourceBatch?
  /// Ends the reading, complete or not.
  func close()
}

extension SourceReader {
  public func close() {}
}

public enum ReadMode: UInt32, Sendable {
  /// All of it, every run.
  case full = 0
  /// What has a greater cursor than at the last run.
  case incremental = 1
  /// Every file once.
  case newFiles = 2
}

/// What a source can read as one sequence of rows with one schema.
public struct SourceStream: Sendable {
  /// `public.orders`; unique in the source.
  public var name: String
  public var schema: Schema
  /// Columns that identify a row, in order.
  public var key: [String] = []
  /// Columns that can serve an incremental read.
  public var cursors: [String] = []
  /// Made of files.
  public var isFiles = false
  /// Splits have a meaningful order, which is that of the list.
  public var isOrdered = false
  /// Read from zero after an interruption: it has no key to resume by.
  public var isUnstable = false
  /// -1 if not known.
  public var estimatedRows: Int64 = -1
  public var estimatedBytes: Int64 = -1
  /// What the user should know before a run.
  public var notes: [String] = []

  public init(name: String, schema: Schema, key: [String] = [], estimatedRows: Int64 = -1) {
    self.name = name
    self.schema = schema
    self.key = key
    self.estimatedRows = estimatedRows
  }
}

/// What is known of a split from earlier runs.
public struct SplitPosition: Sendable {
  public var split: String
  public var identity: String
  public var position: [UInt8]
  public var ordinal: UInt64
  /// The split was read to its end.
  public var isComplete: Bool
}

public struct SplitRequest: Sendable {
  public var stream: String
  public var read: ReadMode
  /// The column of an incremental read.
  public var cursor: String
  /// Of the same run, if it was interrupted; of all runs for `newFiles`.
  public var known: [SplitPosition]
  /// The size of a split that the host would like.
  public var splitBytes: UInt64
}

/// A piece of a stream that is read by itself.
public struct Split: Sendable {
  /// The same in every run for the same piece of the data; at most 512 bytes.
  public var id: String
  /// Of the data behind it: a file's hash, a database's system id; at most 128 bytes.
  public var identity: String
  /// Handed to `open`.
  public var token: [UInt8]
  public var estimatedRows: Int64
  public var estimatedBytes: Int64

  public init(
    id: String, identity: String, token: [UInt8] = [], estimatedRows: Int64 = -1, estimatedBytes: Int64 = -1
  ) {
    self.id = id
    self.identity = identity
    self.token = token
    self.estimatedRows = estimatedRows
    self.estimatedBytes = estimatedBytes
  }
}

/// Splits, and what they have in common, such as a snapshot: it is let go when the host has closed the last reader.
public struct SplitList {
  public var splits: [Split]
  public var shared: AnyObject?

  public init(_ splits: [Split], shared: AnyObject? = nil) {
    self.splits = splits
    self.shared = shared
  }
}

public struct OpenRequest: Sendable {
  public var stream: String
  public var read: ReadMode
  public var split: String
  public var identity: String
  public var token: [UInt8]
  /// Empty: from the start.
  public var position: [UInt8]
  /// Of that position; 0 at the start.
  public var ordinal: UInt64
  /// The size of a batch that the host would like.
  public var batchBytes: Int
  /// The most rows that it wants in one.
  public var batchRows: Int
}
