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
    try syncDirectory(folder(of: path))
  }

  /// Replaces files of one folder that belong together, in their order. All are written beside their places first, so
  /// that a full disk changes none of them; the last is named when the others lie there.
  ///
  /// - Parameter obsolete: a file that goes before the last one is named.
  public func replaceTogether(
    in folder: String, _ contents: [(name: String, bytes: [UInt8])], removing obsolete: String? = nil
  ) throws(Failure) {
    let made = try missingFolders(to: folder)
    var written: [String] = []
    do throws(Failure) {
      try createDirectory(folder)
      for (name, bytes) in contents { written.append(try writeBeside("\(folder)/\(name)", bytes)) }
      for (index, (name, _)) in contents.enumerated() {
        if index == contents.count - 1, let obsolete { try remove("\(folder)/\(obsolete)") }
        try rename(written[index], to: "\(folder)/\(name)")
        // A loss of power must not keep a later name and lose an earlier one.
        try syncDirectory(folder)
      }
    } catch {
      for path in written { try? remove(path) }
      for path in made.reversed() { removeEmptyFolder(path) }
      throw error
    }
  }

  /// Makes a folder in one step: it is there with all of its files, or not at all. A failure leaves nothing behind; a
  /// killed process leaves a folder beside it whose name ends in `.partial`.
  ///
  /// - Parameter contents: paths from the folder on, and what stands there.
  /// - Throws: `conflict` if something is at the path.
  public func createFolder(_ path: String, holding contents: [(path: String, bytes: [UInt8])]) throws(Failure) {
    let partial = "\(path).\(temporaryNumber()).partial"
    var made: [String] = []
    do throws(Failure) {
      for (name, bytes) in contents {
        let parent = folder(of: "\(partial)/\(name)")
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
    try syncDirectory(folder(of: path))
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
  private func missingFolders(to path: String) throws(Failure) -> [String] {
    var missing: [String] = []
    var next = path
    while try info(next) == nil, folder(of: next) != next {
      missing.append(next)
      next = folder(of: next)
    }
    return missing.reversed()
  }

  private func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
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
