import CArrow
import HostFormats
import HostModel

@testable import HostPipelines

/// Objects in memory, and which uploads are still open. Used on one thread.
final class MemoryStore: ObjectStore, @unchecked Sendable {
  private(set) var objects: [String: [UInt8]] = [:]
  private(set) var uploading: Set<String> = []
  private(set) var mostUploading = 0

  private final class Upload: ObjectUpload {
    let store: MemoryStore
    let key: String
    var bytes: [UInt8] = []

    init(_ store: MemoryStore, _ key: String) {
      self.store = store
      self.key = key
    }

    func write(_ added: UnsafeRawBufferPointer) throws(Failure) { bytes += added }

    func finish() throws(Failure) {
      store.objects[key] = bytes
      store.uploading.remove(key)
    }

    func abort() { store.uploading.remove(key) }
  }

  func location(of key: String) -> String { "mem://" + key }

  func key(of location: String) -> String? {
    location.hasPrefix("mem://") ? String(location.dropFirst("mem://".count)) : nil
  }

  func begin(_ key: String) throws(Failure) -> any ObjectUpload {
    uploading.insert(key)
    mostUploading = max(mostUploading, uploading.count)
    return Upload(self, key)
  }

  func put(_ key: String, _ bytes: [UInt8]) throws(Failure) { objects[key] = bytes }
  func replace(_ key: String, _ bytes: [UInt8]) throws(Failure) { objects[key] = bytes }

  func get(_ key: String, limit: Int) throws(Failure) -> [UInt8] {
    guard let bytes = objects[key] else { throw Failure(.run, "no \(key)", status: .notFound) }
    return bytes
  }

  func list(_ prefix: String) throws(Failure) -> [ObjectInfo] { [] }
  func delete(_ key: String) throws(Failure) { objects[key] = nil }
}

/// A format whose files are lines of text, ten bytes for each row, and which fails where it is told to.
final class LineFormat: Format, @unchecked Sendable {
  enum Fault { case make, write, finish, lostRow }
  var fault: Fault?
  let fileExtension = "txt"
  let icebergName = "PARQUET"

  private final class Writer: FormatWriter {
    let format: LineFormat
    let upload: any ObjectUpload
    var lines: [String] = []

    init(_ format: LineFormat, _ upload: any ObjectUpload) {
      self.format = format
      self.upload = upload
    }

    func write(_ batch: borrowing RecordBatch, rows: [Int32]?) throws(Failure) -> Int64 {
      if format.fault == .write { throw Failure(.run, "disk full") }
      let all = RowSamples.rows(batch)
      lines += rows.map { $0.map { all[Int($0)] } } ?? all
      return Int64(lines.count * 10)
    }

    func finish() throws(Failure) -> FileSummary {
      if format.fault == .finish { throw Failure(.run, "disk full") }
      let text = Array(lines.joined(separator: "\n").utf8)
      try Self.pass(text, to: upload)
      try upload.finish()
      let count = lines.count - (format.fault == .lostRow ? 1 : 0)
      return FileSummary(recordCount: Int64(count), fileBytes: Int64(text.count), columns: [], splitOffsets: [])
    }

    private static func pass(_ bytes: [UInt8], to upload: any ObjectUpload) throws(Failure) {
      let block = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
      defer { block.deallocate() }
      block.copyBytes(from: bytes)
      try upload.write(UnsafeRawBufferPointer(block))
    }

    func abort() { upload.abort() }
  }

  func makeWriter(_ schema: ExportedSchema, into upload: any ObjectUpload) throws(Failure) -> any FormatWriter {
    if fault == .make { throw Failure(.run, "no writer") }
    return Writer(self, upload)
  }
}

/// The format that writes, and the one that goes on if it fails on trial.
final class FormatPair: FormatPlace {
  private(set) var format: any Format
  private var before: (any Format)?
  private(set) var failures: [Failure] = []

  init(_ format: any Format, before: (any Format)? = nil) {
    self.format = format
    self.before = before
  }

  var isOnTrial: Bool { before != nil }

  func write(_ body: (any Format) throws(Failure) -> Void) throws(Failure) {
    do throws(Failure) { try body(format) } catch {
      guard let before else { throw error }
      failures.append(error)
      format = before
      try body(before)
    }
    before = nil
  }
}
