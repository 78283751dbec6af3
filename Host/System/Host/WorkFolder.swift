import Glibc
package import HostModel

/// A folder for what a command has not finished, beside the place that it is for, and therefore on the same disk. It is removed when
/// its owner lets go of it.
///
/// Its owner holds a lock of it. A process that is killed leaves the folder and lets go of the lock: the next work folder beside the
/// same place removes what nobody holds and has been there for a while. The time is for a child that outlives its parent, and for
/// an owner that has made the folder and not locked it yet.
package final class WorkFolder {
  /// Nobody else gives names of this kind to folders.
  static let suffix = ".headrace-partial"
  static let leftAfter = Duration.seconds(600)

  package let path: String
  /// The folders above it that were made for it.
  private let made: [String]
  private let lock: (any FileLock)?

  /// - Parameter place: the path that it is for, of a file or a folder.
  package init(beside place: String, _ files: SystemFiles) throws(Failure) {
    let parent = PathText.folder(of: place)
    Self.sweep(parent, files, now: SystemClock().wallTime())
    path = "\(place).\(files.temporaryNumber())\(Self.suffix)"
    made = try files.missingFolders(to: parent)
    do throws(Failure) {
      try files.createDirectory(path)
    } catch {
      for folder in made.reversed() { files.removeEmptyFolder(folder) }
      throw error
    }
    // A disk that locks no folders sweeps none.
    lock = try? files.lockFolder(path)
  }

  deinit {
    removeTree(path)
    // Those in which something was made stay.
    for folder in made.reversed() { rmdir(folder) }
    withExtendedLifetime(lock) {}
  }

  /// Removes the work folders of a folder whose owners are gone. What cannot be looked at is left alone.
  static func sweep(_ parent: String, _ files: SystemFiles, now: WallTime) {
    for name in (try? files.list(parent)) ?? [] where isName(name) {
      let path = "\(parent)/\(name)"
      var found = stat()
      // Of somebody else's folder nobody knows what its links lead to.
      guard lstat(path, &found) == 0, found.st_mode & S_IFMT == S_IFDIR, found.st_uid == geteuid() else { continue }
      let age = Duration.seconds(now.microseconds / 1_000_000 - Int64(found.st_mtim.tv_sec))
      guard age > leftAfter, let lock = try? files.lockFolder(path) else { continue }
      withExtendedLifetime(lock) { removeTree(path) }
    }
  }

  private static func isName(_ name: String) -> Bool {
    let parts = name.dropLast(suffix.count).split(separator: ".", omittingEmptySubsequences: false)
    return name.hasSuffix(suffix) && parts.count > 1 && parts.last.flatMap { UInt64($0) } != nil
  }
}

/// Removes what is at a path, links and not what they lead to.
private func removeTree(_ path: String) {
  var found = stat()
  guard lstat(path, &found) == 0 else { return }
  guard found.st_mode & S_IFMT == S_IFDIR else {
    unlink(path)
    return
  }
  for name in (try? SystemFiles().list(path)) ?? [] { removeTree("\(path)/\(name)") }
  rmdir(path)
}
