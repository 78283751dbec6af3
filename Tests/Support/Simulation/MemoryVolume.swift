import HostModel

/// The disk of a `MemoryFileSystem`: what is in it now, and what would be left of it without power.
///
/// A file's bytes are durable once it was synced, a folder's entries once the folder was. Syncing a file says nothing of
/// its name, and changes of two names of one folder reach the disk in any order: POSIX promises no more, and so nothing
/// more is given here, though some file systems do.
struct MemoryVolume {
  final class File {
    var bytes: [UInt8] = []
    /// So many bytes are durable. Files only grow.
    var durableCount = 0
    var modified: WallTime

    init(modified: WallTime) { self.modified = modified }
  }

  final class Folder {
    var entries: [String: Node] = [:]
    var durable: [String: Node] = [:]
    /// What each name has stood for since the folder was last synced, in order.
    var history: [String: [Node?]] = [:]

    func set(_ name: String, _ node: Node?) {
      entries[name] = node
      history[name, default: []].append(node)
    }

    func sync() {
      durable = entries
      history = [:]
    }
  }

  enum Node {
    case file(File)
    case folder(Folder)
  }

  let root = Folder()
  /// Files that have writers, by a number of the writer: a writer keeps its file, whatever becomes of the name.
  var open: [Int: File] = [:]
  /// How many bytes of the next write arrive; nil for all.
  var cut: Int?
  private var openedCount = 0

  /// - Returns: the number of a writer for the file at the path.
  mutating func openFile(_ path: String) -> Int {
    openedCount += 1
    if case .file(let file) = node(path) { open[openedCount] = file }
    return openedCount
  }

  func node(_ path: String) -> Node? {
    var node = Node.folder(root)
    for part in path.split(separator: "/") {
      guard case .folder(let folder) = node, let next = folder.entries[String(part)] else { return nil }
      node = next
    }
    return node
  }

  /// The folder that has, or would have, the last part of a path; nil if it does not exist.
  func parent(_ path: String) -> (Folder, name: String)? {
    let parts = path.split(separator: "/")
    guard let last = parts.last, case .folder(let folder) = node(parts.dropLast().joined(separator: "/")) else {
      return nil
    }
    return (folder, String(last))
  }

  /// The power fails. What is left is durable afterwards.
  func losePower(keepingSome: Bool, _ generator: inout SplitMix64) { Self.lose(root, keepingSome, &generator) }

  private static func lose(_ folder: Folder, _ keepingSome: Bool, _ generator: inout SplitMix64) {
    var left = folder.durable
    if keepingSome {
      for (name, changes) in folder.history.sorted(by: { $0.key < $1.key }) {
        let reached = Int.random(in: 0...changes.count, using: &generator)
        if reached > 0 { left[name] = changes[reached - 1] }
      }
    }
    folder.entries = left
    folder.sync()
    for (_, node) in left.sorted(by: { $0.key < $1.key }) {
      switch node {
      case .folder(let inner): lose(inner, keepingSome, &generator)
      case .file(let file): lose(file, keepingSome, &generator)
      }
    }
  }

  /// Of what was written since the last sync a part may be there, and the rest of the length may be zeros.
  private static func lose(_ file: File, _ keepingSome: Bool, _ generator: inout SplitMix64) {
    var left = Array(file.bytes.prefix(file.durableCount))
    if keepingSome, file.bytes.count > left.count {
      let kept = Int.random(in: left.count...file.bytes.count, using: &generator)
      let length = Bool.random(using: &generator) ? kept : file.bytes.count
      left = Array(file.bytes.prefix(kept)) + [UInt8](repeating: 0, count: length - kept)
    }
    file.bytes = left
    file.durableCount = left.count
  }
}
