extension FileSystem {
  public func temporaryNumber() -> UInt64 { .random(in: 0 ... .max) }

  /// Writes a whole file in one step: it has the old content or the new one, and the new one is durable when this
  /// returns.
  public func replaceDurably(_ path: String, _ bytes: [UInt8]) throws(Failure) {
    let temporary = "\(path).\(temporaryNumber()).tmp"
    let writer = try create(temporary)
    do throws(Failure) {
      try writer.writeAll(bytes)
      try writer.sync()
      try writer.close()
      try rename(temporary, to: path)
    } catch {
      try? writer.close()
      try? remove(temporary)
      throw error
    }
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    try syncDirectory(folder.isEmpty ? "/" : folder)
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
