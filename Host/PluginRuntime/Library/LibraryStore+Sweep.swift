import HostModel

extension LibraryStore {
  /// A copy that nobody had for so long is removed.
  static let leftAfter = Duration.seconds(86_400)
  /// What is on its way out; the next sweep goes on with it.
  private static let leaving = ".leaving-"

  static func lock(_ folder: String) -> String { "\(folder)/.lock" }

  /// Removes the copies that nobody has. What cannot be looked at, locked or removed is left alone.
  ///
  /// - Parameter copy: was just marked as used: its file system says what time it is.
  func sweep(beside copy: Copy) {
    guard copy.use != nil, let now = try? files.info(Self.lock(copy.folder))?.modified else { return }
    for name in (try? files.list(root)) ?? [] {
      let folder = "\(root)/\(name)"
      if name.hasPrefix(Self.leaving) { clear(folder) }
      if Self.isHash(name), folder != copy.folder { removeUnused(folder, now: now) }
    }
  }

  private func removeUnused(_ folder: String, now: WallTime) {
    // Copies of before there were locks have the age of their folder.
    guard let used = try? files.info(Self.lock(folder)) ?? files.info(folder),
      now.microseconds - used.modified.microseconds > Self.leftAfter.wholeNanoseconds / 1_000,
      let lock = try? files.lock(Self.lock(folder))
    else { return }
    // Whoever comes for it from now on makes another.
    let gone = "\(root)/\(Self.leaving)\(files.temporaryNumber())"
    guard (try? files.rename(folder, to: gone)) != nil else { return }
    clear(gone)
    withExtendedLifetime(lock) {}
  }

  private func clear(_ folder: String) {
    for name in (try? files.list(folder)) ?? [] { try? files.remove("\(folder)/\(name)") }
    files.removeEmptyFolder(folder)
  }

  private static func isHash(_ name: String) -> Bool {
    name.utf8.count == 64 && name.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }
}
