package import HostFormats
package import HostModel

/// A JSON file of ours that is replaced as a whole.
package struct StateFile: Sendable {
  /// More is not one of ours.
  private static let limit = 16 << 20

  package let path: String
  private let files: any FileSystem

  package init(_ path: String, _ files: any FileSystem) {
    self.path = path
    self.files = files
  }

  /// nil if there is none.
  ///
  /// - Throws: a failure of the environment for a file that cannot be read or is no JSON.
  package func read() throws(Failure) -> JSONValue? {
    guard try files.info(path) != nil else { return nil }
    let bytes = try files.read(path, limit: Self.limit)
    do throws(JSONError) { return try JSONValue.parse(bytes) } catch {
      throw Failure(
        .environment, "\(path):\(error.line):\(error.column): \(error.message)",
        advice: "remove the file: what it held begins anew")
    }
  }

  /// - Parameter isDurable: survives a loss of power; otherwise only a kill.
  package func write(_ json: JSONValue, isDurable: Bool) throws(Failure) {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    try files.createDirectory(folder)
    let bytes = json.serialized() + [UInt8(ascii: "\n")]
    guard !isDurable else { return try files.replaceDurably(path, bytes) }
    // One writer: a name of its own is enough to never show half of a file.
    let temporary = path + ".new"
    try files.remove(temporary)
    let writer = try files.create(temporary)
    do throws(Failure) {
      try writer.writeAll(bytes)
      try writer.close()
      try files.rename(temporary, to: path)
    } catch {
      try? writer.close()
      throw error
    }
  }
}

/// What the breakers and levels of one pipeline's runs have learnt: `HOME/state/resilience/PIPELINE.json`.
package struct ResilienceStore: Sendable {
  private let file: StateFile

  package init(home: String, pipeline: String, files: any FileSystem) {
    file = StateFile("\(home)/state/resilience/\(pipeline).json", files)
  }

  /// Empty if nothing was kept.
  package func load() throws(Failure) -> ResilienceRecord {
    guard let json = try file.read() else { return ResilienceRecord() }
    do throws(JSONShape.Wrong) { return try ResilienceRecord(json) } catch {
      throw Failure(
        .environment, "\(file.path): '\(error.key)' is missing or of another form",
        advice: "remove the file: breakers begin closed and levels normal")
    }
  }

  package func save(_ record: ResilienceRecord) throws(Failure) { try file.write(record.json, isDurable: true) }
}
