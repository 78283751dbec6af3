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
    try finishReplacing(in: folder)
    do throws(Failure) {
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
  ///
  /// - Throws: `conflict` if it is nothing that this has left. Then nothing is touched, in the folder or elsewhere.
  public func finishReplacing(in folder: String) throws(Failure) {
    let incoming = Incoming.folder(folder)
    guard !isLink(incoming), try info(incoming)?.kind ?? .directory == .directory else {
      throw Incoming.refusal(folder, "\(incoming): is no folder")
    }
    guard try isReplacing(in: folder) else { return discardIncoming(folder) }
    let list = try incomingList(folder)
    for (index, name) in list.names.enumerated() where try info(Incoming.file(name, folder)) != nil {
      if index == list.names.count - 1, let obsolete = list.obsolete { try remove("\(folder)/\(obsolete)") }
      try rename(Incoming.file(name, folder), to: "\(folder)/\(name)")
      // A loss of power must not keep a later name and lose an earlier one.
      try syncDirectory(folder)
    }
    discardIncoming(folder)
    try syncDirectory(folder)
  }

  /// The list, once all of it could be done.
  private func incomingList(_ folder: String) throws(Failure) -> Incoming {
    let path = Incoming.list(folder)
    guard !isLink(path), let found = try info(path), found.kind == .file else {
      throw Incoming.refusal(folder, "\(path): is no file")
    }
    guard found.size <= Incoming.limit, let list = Incoming(text: try read(path, limit: Incoming.limit)) else {
      throw Incoming.refusal(folder, "\(path): is no list of files to replace")
    }
    for file in list.names.map({ Incoming.file($0, folder) }) {
      // What is missing has its name already.
      guard !isLink(file), try info(file)?.kind ?? .file == .file else {
        throw Incoming.refusal(folder, "\(file): is no file")
      }
    }
    return list
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

  /// - Returns: nil for a text that was never written here: what else is to be followed is not known then.
  init?(text bytes: [UInt8]) {
    var (names, obsolete): ([String], [String]) = ([], [])
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      guard line.count > 2, let name = String(validating: line.dropFirst(2), as: UTF8.self), Self.isName(name) else {
        return nil
      }
      switch Array(line.prefix(2)) {
      case Array("+ ".utf8): names.append(name)
      case Array("- ".utf8): obsolete.append(name)
      default: return nil
      }
    }
    guard !names.isEmpty, obsolete.count <= 1 else { return nil }
    (self.names, self.obsolete) = (names, obsolete.first)
  }

  /// Whether it is that of a file of the very folder. By bytes: to a string, a slash with an accent is no slash.
  private static func isName(_ name: String) -> Bool {
    name.utf8.count <= 255 && name.utf8.first != UInt8(ascii: ".")
      && name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") }
  }

  static func refusal(_ folder: String, _ what: String) -> Failure {
    Failure(
      .environment, "\(what), and no installation has left it",
      advice: "remove \(self.folder(folder)), and install again",
      status: .conflict)
  }

  var text: String { (names.map { "+ \($0)\n" } + [obsolete.map { "- \($0)\n" } ?? ""]).joined() }

  static func folder(_ folder: String) -> String { folder + "/.incoming" }
  static func file(_ name: String, _ folder: String) -> String { "\(self.folder(folder))/\(name)" }
  /// No file of a plugin begins with a full stop.
  static func list(_ folder: String) -> String { file(".list", folder) }
}
