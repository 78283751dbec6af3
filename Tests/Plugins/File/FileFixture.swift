import Foundation

/// A folder of its own for a test's files, which goes away with it.
final class FileFixture {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("headrace-file-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    let file = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }

  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

  /// A plugin over files of this folder. `extra` is JSON members, such as `"format": "csv"`.
  func plugin(_ path: String, _ extra: String = "") throws -> FilePlugin {
    let members = ["\"path\": \"\(path)\"", "\"stream\": \"s\"", "\"base_directory\": \"\(folder.path)\"", extra]
    return try FilePlugin("{" + members.filter { !$0.isEmpty }.joined(separator: ", ") + "}")
  }

  struct Everything: Equatable {
    var columns: [String] = []
    var rows: [[String]] = []
    var rejects: [String] = []
    var splits = 0
  }

  /// Reads everything as a host does.
  func read(
    _ path: String, _ extra: String = "", splitBytes: UInt64 = 0, limits: FilePlugin.Limits = .init()
  ) throws -> Everything {
    let plugin = try plugin(path, extra)
    var out = Everything(columns: try plugin.discover().first?.columns ?? [])
    for split in try plugin.splits(bytes: splitBytes) {
      out.splits += 1
      for batch in try plugin.read(split, limits: limits) {
        out.rows += batch.rows
        out.rejects += batch.rejects.map(\.description)
      }
    }
    return out
  }

  /// What reading fails with; nil if it does not.
  func failure(_ path: String, _ extra: String = "") -> FilePlugin.Failure? {
    do { _ = try read(path, extra) } catch { return error as? FilePlugin.Failure }
    return nil
  }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers for the same seed, everywhere.
struct FileRandom: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}
