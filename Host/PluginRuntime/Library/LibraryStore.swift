import Crypto
package import HostModel

/// Private copies of libraries, by hash: `HOME/plugins/<sha256>/<name>`.
///
/// What is loaded is the copy. That makes the check of the hash final, and a library that is replaced under its old name
/// becomes a new one instead of the old code, or a crash of whoever runs it.
///
/// Whoever has a copy shares the lock of its folder. When another copy comes, those go that nobody has and that nobody had for a
/// day: to make one again costs less than to keep every build for ever.
package struct LibraryStore: Sendable {
  static let maximumBytes = 1 << 30
  let files: any FileSystem
  let root: String

  package init(root: String, files: any FileSystem) {
    self.root = root
    self.files = files
  }

  /// A library of the store.
  package struct Copy: Sendable {
    package var hash: String
    package var path: String
    package var folder: String
    /// What keeps it from being removed; nil where nothing can be locked, and then nothing is removed.
    let use: (any FileLock)?
  }

  /// Copies a library into the store, unless it is there.
  ///
  /// - Parameters:
  ///   - name: the manifest's for it; the copy has the last part.
  ///   - expected: the hash that a manifest or a lock file states.
  /// - Throws: `conflict` if the library has another hash.
  package func adopt(_ path: String, name: String, expected: String?) throws(Failure) -> Copy {
    let bytes = try files.read(path, limit: Self.maximumBytes)
    try checkIsLibrary(bytes, path: path)
    let hash = Self.hash(bytes)
    if let expected, expected != hash {
      throw Failure(
        .invalidInput, "\(path): has the SHA-256 \(hash), but \(expected) is stated for it",
        advice: "restore the library, or state the new hash if you trust it", status: .conflict)
    }
    let folder = "\(root)/\(hash)"
    let copy = Copy(
      hash: hash, path: "\(folder)/\(name.split(separator: "/").last ?? "")", folder: folder, use: try use(folder))
    // What is loaded is what was hashed, whoever has been at the copy since it was made.
    if let kept = try? files.read(copy.path, limit: Self.maximumBytes), Self.hash(kept) == hash { return copy }
    sweep(beside: copy)
    try files.replaceDurably(copy.path, bytes)
    return copy
  }

  private func use(_ folder: String) throws(Failure) -> (any FileLock)? {
    for _ in 0..<10 {
      try files.createDirectory(folder)
      do throws(Failure) {
        if let lock = try files.share(Self.lock(folder)) { return lock }
      } catch {
        // A folder that was just removed is made again; one that nobody may lock, nobody removes.
        guard error.status == .notFound else { return nil }
      }
    }
    return nil
  }

  /// In hexadecimal digits.
  static func hash(_ bytes: [UInt8]) -> String {
    SHA256.hash(data: bytes).map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
  }

  /// Loading anything else would give a message of the dynamic linker, or worse.
  private func checkIsLibrary(_ bytes: [UInt8], path: String) throws(Failure) {
    let magic: [UInt8] = [0x7F, 0x45, 0x4C, 0x46]
    guard bytes.count >= 64, Array(bytes.prefix(4)) == magic else {
      throw Failure(.invalidInput, "\(path): is not an ELF shared object", status: .invalidConfig)
    }
    // e_ident[EI_CLASS] is 64 bits; e_type is ET_DYN; e_machine is this machine's.
    let type = UInt16(bytes[16]) | UInt16(bytes[17]) << 8
    let machine = UInt16(bytes[18]) | UInt16(bytes[19]) << 8
    guard bytes[4] == 2, type == 3, machine == Self.machine else {
      throw Failure(
        .invalidInput, "\(path): is an ELF file, but no 64-bit shared object for this machine", status: .invalidConfig)
    }
    try checkSegments(bytes, path: path)
  }

  /// Walks the program headers: each segment lies in the file, and none asks for an interpreter, as a program does.
  private func checkSegments(_ bytes: [UInt8], path: String) throws(Failure) {
    func number(_ offset: Int, _ size: Int) -> UInt64? {
      guard offset >= 0, offset <= bytes.count - size else { return nil }
      return bytes[offset..<offset + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    let isTruncated = Failure(.invalidInput, "\(path): is a truncated ELF file", status: .invalidConfig)
    guard let table = number(32, 8), let size = number(54, 2), let count = number(56, 2), table < 1 << 40 else {
      throw isTruncated
    }
    for index in 0..<Int(count) {
      let header = Int(table) + index * Int(size)
      guard let type = number(header, 4), let start = number(header + 8, 8), let length = number(header + 32, 8),
        start <= UInt64(bytes.count), length <= UInt64(bytes.count) - start
      else { throw isTruncated }
      if type == 3 {
        throw Failure(.invalidInput, "\(path): is a program, not a shared object", status: .invalidConfig)
      }
    }
  }

  #if arch(x86_64)
    private static let machine: UInt16 = 62
  #elseif arch(arm64)
    private static let machine: UInt16 = 183
  #endif
}
