import HostModel
import HostSystem

/// A folder of plugins that a command changes.
enum PluginFolder {
  /// How long another command may go on with the same folder: it does in milliseconds what is done here.
  private static let patience = Duration.seconds(5)
  private static let pause = Duration.milliseconds(10)

  /// Changes a folder while nobody else does. What an earlier command was interrupted at is finished before.
  ///
  /// - Parameter told: the folder as the user has named it.
  /// - Throws: `conflict` if another command has the folder for longer than one takes; `unsupported` where nothing can be locked.
  static func change<R>(
    _ folder: String, told: String, _ composition: Composition, _ body: () throws(Failure) -> R
  ) throws(Failure) -> R {
    let files = composition.files
    let lock = try locked(folder, told, composition)
    defer { withExtendedLifetime(lock) {} }
    if try files.isReplacing(in: folder) {
      try files.finishReplacing(in: folder)
      Terminal.line("\(told): an installation that was interrupted is finished", to: .error)
    }
    return try body()
  }

  private static func locked(
    _ folder: String, _ told: String, _ composition: Composition
  ) throws(Failure) -> any FileLock {
    let end = composition.clock.now().advanced(by: patience)
    repeat {
      if let lock = try lock(folder, told, composition.files) { return lock }
      composition.sleep(pause)
    } while composition.clock.now() < end
    throw Failure(
      .environment, "\(told): another command is changing a plugin there", advice: "try again when it has ended",
      status: .conflict)
  }

  private static func lock(
    _ folder: String, _ told: String, _ files: SystemFiles
  ) throws(Failure) -> (any FileLock)? {
    do throws(Failure) { return try files.lockFolder(folder, follows: true) } catch {
      guard error.status == .unsupported else { throw error }
      // Two commands at once could mix their files, and nobody would notice.
      throw Failure(
        error.kind, error.message,
        advice: "keep plugins in a folder on a disk of this machine, and name it with --into or --plugins",
        status: error.status)
    }
  }
}
