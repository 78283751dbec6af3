extension FileSystem {
  /// Replaces files of one folder that belong together, in their order, or none of them.
  ///
  /// 1. All are written into `.incoming` below the folder, and then a list of what is to be done with them. A disk that is too
  ///    full ends it here, and nothing has changed.
  /// 2. With the list there, the rest is names alone. Whoever ends in the middle of it has left to another what is to be
  ///    done: `finishReplacing` goes on where it ended.
  ///
  /// One at a time for a folder: whoever calls has made sure of it.
  ///
  /// - Parameter obsolete: a file that goes before the last one is named.
  public func replaceTogether(
    in folder: String, _ contents: [(name: String, bytes: [UInt8])], removing obsolete: String? = nil
  ) throws(Failure) {
    let made = try missingFolders(to: folder)
    do throws(Failure) {
      try finishReplacing(in: folder)
      try createDirectory(Incoming.folder(folder))
      for (name, bytes) in contents { try replaceDurably(Incoming.file(name, folder), bytes) }
      let list = Incoming(names: contents.map(\.name), obsolete: obsolete)
      try replaceDurably(Incoming.list(folder), Array(list.text.utf8))
    } catch {
      discardIncoming(folder)
      for path in made.reversed() { removeEmptyFolder(path) }
      throw error
    }
    try finishReplacing(in: folder)
  }

  /// Whether somebody is replacing files of a folder, or was interrupted when all of them were written.
  public func isReplacing(in folder: String) throws(Failure) -> Bool { try info(Incoming.list(folder)) != nil }

  /// Goes on with what was interrupted: to its end if all was written, otherwise back to what was there.
  public func finishReplacing(in folder: String) throws(Failure) {
    guard try isReplacing(in: folder) else { return discardIncoming(folder) }
    let list = Incoming(text: try read(Incoming.list(folder), limit: Incoming.limit))
    for (index, name) in list.names.enumerated() where try info(Incoming.file(name, folder)) != nil {
      if index == list.names.count - 1, let obsolete = list.obsolete { try remove("\(folder)/\(obsolete)") }
      try rename(Incoming.file(name, folder), to: "\(folder)/\(name)")
      // A loss of power must not keep a later name and lose an earlier one.
      try syncDirectory(folder)
    }
    discardIncoming(folder)
    try syncDirectory(folder)
  }

  /// The list goes first: without it the rest means nothing.
  private func discardIncoming(_ folder: String) {
    try? remove(Incoming.list(folder))
    for name in (try? list(Incoming.folder(folder))) ?? [] { try? remove(Incoming.file(name, folder)) }
    removeEmptyFolder(Incoming.folder(folder))
  }
}

/// What is to be done with files that have been written: a line `+ NAME` for each that is to be named, in this order, and `- NAME` for
/// one that goes before the last of them.
private struct Incoming {
  static let limit = 64 << 10
  var names: [String]
  var obsolete: String?

  init(names: [String], obsolete: String?) {
    self.names = names
    self.obsolete = obsolete
  }

  init(text bytes: [UInt8]) {
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    // Files of this very folder: whatever else is written there, no other is touched.
    func those(_ mark: String) -> [String] {
      lines.filter { $0.hasPrefix(mark) && !$0.contains("/") }.map { String($0.dropFirst(mark.count)) }
    }
    names = those("+ ")
    obsolete = those("- ").first
  }

  var text: String { (names.map { "+ \($0)\n" } + [obsolete.map { "- \($0)\n" } ?? ""]).joined() }

  static func folder(_ folder: String) -> String { folder + "/.incoming" }
  static func file(_ name: String, _ folder: String) -> String { "\(self.folder(folder))/\(name)" }
  /// No file of a plugin begins with a full stop.
  static func list(_ folder: String) -> String { file(".list", folder) }
}
