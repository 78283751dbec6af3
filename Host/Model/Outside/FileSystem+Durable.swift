extension FileSystem {
  public func temporaryNumber() -> UInt64 { .random(in: 0 ... .max) }

  /// Writes a whole file in one step: it has the old content or the new one, and the new one is durable when this
  /// returns.
  public func replaceDurably(_ path: String, _ bytes: [UInt8]) throws(Failure) {
    let temporary = try writeBeside(path, bytes)
    do throws(Failure) { try rename(temporary, to: path) } catch {
      try? remove(temporary)
      throw error
    }
    try syncDirectory(PathText.folder(of: path))
  }

  /// Makes a folder in one step: it is there with all of its files, or not at all. A failure leaves nothing behind; a
  /// killed process leaves the folder that it was writing.
  ///
  /// - Parameters:
  ///   - contents: paths from the folder on, and what stands there.
  ///   - partial: the folder to write, on the same disk; one beside the path unless stated.
  /// - Throws: `conflict` if something is at the path.
  public func createFolder(
    _ path: String, holding contents: [(path: String, bytes: [UInt8])], writing partial: String? = nil
  ) throws(Failure) {
    let partial = partial ?? "\(path).\(temporaryNumber()).partial"
    var made: [String] = []
    do throws(Failure) {
      for (name, bytes) in contents {
        let parent = PathText.folder(of: "\(partial)/\(name)")
        made += try missingFolders(to: parent)
        try createDirectory(parent)
        try replaceDurably("\(partial)/\(name)", bytes)
      }
      try renameIfAbsent(partial, to: path)
    } catch {
      for (name, _) in contents { try? remove("\(partial)/\(name)") }
      for folder in made.reversed() { removeEmptyFolder(folder) }
      throw error
    }
    try syncDirectory(PathText.folder(of: path))
  }

  /// - Returns: the path of a new file beside `path` which holds the bytes, durably.
  private func writeBeside(_ path: String, _ bytes: [UInt8]) throws(Failure) -> String {
    let temporary = "\(path).\(temporaryNumber()).tmp"
    let writer = try create(temporary)
    do throws(Failure) {
      try writer.writeAll(bytes)
      try writer.sync()
      try writer.close()
    } catch {
      try? writer.close()
      try? remove(temporary)
      throw error
    }
    return temporary
  }

  /// The folders that `createDirectory` would make, the outermost first.
  public func missingFolders(to path: String) throws(Failure) -> [String] {
    var missing: [String] = []
    var next = path
    while try info(next) == nil, PathText.folder(of: next) != next {
      missing.append(next)
      next = PathText.folder(of: next)
    }
    return missing.reversed()
  }
}

extension FileWriter {
  public func writeAll(_ bytes: [UInt8]) throws(Failure) {
    var failure: Failure?
    bytes.withUnsafeBytes { buffer in
      do throws(Failure) { try write(buffer) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}

extension ObjectUpload {
  public func writeAll(_ bytes: [UInt8]) throws(Failure) {
    var failure: Failure?
    bytes.withUnsafeBytes { buffer in
      do throws(Failure) { try write(buffer) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
