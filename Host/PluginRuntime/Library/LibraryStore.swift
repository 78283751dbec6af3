import Crypto
package import HostModel

/// Private copies of libraries, by hash: `HOME/plugins/<sha256>/<name>`.
///
/// What is loaded is the copy. That makes the check of the hash final, and a library that is replaced under its old name
/// becomes a new one instead of the old code, or a crash of whoever runs it.
package struct LibraryStore: Sendable {
  private static let maximumBytes = 1 << 30
  private let files: any FileSystem
  private let root: String

  package init(root: String, files: any FileSystem) {
    self.root = root
    self.files = files
  }

  /// A library of the store.
  package struct Copy: Sendable {
    package var hash: String
    package var path: String
    package var folder: String
  }

  /// Copies a library into the store, unless it is there.
  ///
  /// - Parameter expected: the hash that a manifest or a lock file states.
  /// - Throws: `conflict` if the library has another hash.
  package func adopt(_ path: String, name: String, expected: String?) throws(Failure) -> Copy {
    let bytes = try files.read(path, limit: Self.maximumBytes)
    try checkIsLibrary(bytes, path: path)
    let hash = SHA256.hash(data: bytes).map { byte in
      String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }.joined()
    if let expected, expected != hash {
      throw Failure(
        .invalidInput, "\(path): has the SHA-256 \(hash), but \(expected) is stated for it",
        advice: "restore the library, or state the new hash if you trust it", status: .conflict)
    }
    let folder = "\(root)/\(hash)"
    let copy = Copy(hash: hash, path: "\(folder)/\(name)", folder: folder)
    // The copy is replaced as a whole and synced, so one that is there and as long is complete.
    if try files.info(copy.path)?.size == Int64(bytes.count) { return copy }
    try files.createDirectory(folder)
    try files.replaceDurably(copy.path, bytes)
    return copy
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
  }

  #if arch(x86_64)
    private static let machine: UInt16 = 62
  #elseif arch(arm64)
    private static let machine: UInt16 = 183
  #endif
}
