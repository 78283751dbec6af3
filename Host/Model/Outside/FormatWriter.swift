/// What a written file holds in one primitive column.
public struct ColumnSummary: Sendable, Equatable {
  public var fieldID: Int
  public var bytes: Int64
  public var valueCount: Int64
  public var nullCount: Int64
  /// Nil for types that have no NaN.
  public var nanCount: Int64?
  /// The least and the greatest value, whole, in Iceberg's single-value form; nil if all are null or NaN.
  public var lower: [UInt8]?
  public var upper: [UInt8]?

  public init(
    fieldID: Int, bytes: Int64, valueCount: Int64, nullCount: Int64, nanCount: Int64? = nil, lower: [UInt8]? = nil,
    upper: [UInt8]? = nil
  ) {
    self.fieldID = fieldID
    self.bytes = bytes
    self.valueCount = valueCount
    self.nullCount = nullCount
    self.nanCount = nanCount
    self.lower = lower
    self.upper = upper
  }
}

/// What a written file holds.
public struct FileSummary: Sendable, Equatable {
  public var recordCount: Int64
  public var fileBytes: Int64
  public var columns: [ColumnSummary]
  public var splitOffsets: [Int64]

  public init(recordCount: Int64, fileBytes: Int64, columns: [ColumnSummary], splitOffsets: [Int64]) {
    self.recordCount = recordCount
    self.fileBytes = fileBytes
    self.columns = columns
    self.splitOffsets = splitOffsets
  }
}

/// A data file being written. Used by one lane.
public protocol FormatWriter: AnyObject {
  /// Adds rows of the batch: those at the given indices, or all.
  ///
  /// - Returns: what the file would have about now, in bytes.
  func write(_ batch: borrowing RecordBatch, rows: [Int32]?) throws(Failure) -> Int64

  /// Completes the file and its object, durable when it returns.
  func finish() throws(Failure) -> FileSummary

  func abort()
}

/// Writes one format: the host asks for it, a plugin provides it.
public protocol Format: Sendable {
  /// Of file names, without a dot.
  var fileExtension: String { get }
  /// As in the lake's metadata: `PARQUET`.
  var icebergName: String { get }

  /// Begins a file whose columns carry field ids, into an object that the writer finishes or aborts.
  func makeWriter(_ schema: ExportedSchema, into upload: any ObjectUpload) throws(Failure) -> any FormatWriter
}
