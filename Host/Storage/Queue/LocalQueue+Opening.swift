import HostModel

extension LocalQueue {
  /// What a former process has left in the folder.
  static func recover(_ folder: String, _ files: any FileSystem) throws(Failure) -> (view: QueueView, salt: UInt64?) {
    try makeFolder(folder, files)
    var firsts: [UInt64] = []
    for name in try files.list(folder) {
      // Harmless if it stays, and the disk may be broken.
      if SegmentFormat.isTemporary(name) { try? files.remove("\(folder)/\(name)") }
      guard let first = SegmentFormat.first(ofName: name) else { continue }
      guard first < SegmentFormat.offsetLimit else {
        throw Failure(.environment, "\(folder)/\(name): is no segment of a queue", status: .fatal)
      }
      firsts.append(first)
    }
    guard let last = firsts.last else { return (QueueView(), nil) }
    var sealed: [QueueView.Sealed] = []
    for (first, end) in zip(firsts, firsts.dropFirst()) {
      let size = try size(folder, files, first)
      sealed.append(QueueView.Sealed(first: first, end: end, bytes: size))
    }
    let path = "\(folder)/\(SegmentFormat.name(first: last))"
    let size = try size(folder, files, last)
    let contents = try SegmentContents(recovering: files.read(path, limit: size), path: path, first: last)
    let frames = (0..<contents.count).map { contents.frame($0) }
    return (QueueView(sealed: sealed, first: last, frames: frames, newestBytes: size), contents.salt)
  }

  private static func makeFolder(_ folder: String, _ files: any FileSystem) throws(Failure) {
    try files.createDirectory(folder)
    // Whoever has made it may not have lived to sync the folders above it. Those may be closed to us.
    var parent = folder[...]
    while let slash = parent.lastIndex(of: "/") {
      parent = parent[..<slash]
      try? files.syncDirectory(parent.isEmpty ? "/" : String(parent))
    }
  }

  private static func size(_ folder: String, _ files: any FileSystem, _ first: UInt64) throws(Failure) -> Int {
    let path = "\(folder)/\(SegmentFormat.name(first: first))"
    guard let info = try files.info(path), info.kind == .file else {
      throw Failure(.environment, "\(path): is no file", status: .fatal)
    }
    return Int(info.size)
  }
}
