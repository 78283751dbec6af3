package import HostFormats
package import HostModel

extension StreamRule {
  package struct Modes: Sendable, Equatable {
    package var read: ReadMode
    package var write: WriteMode

    package init(read: ReadMode, write: WriteMode) {
      self.read = read
      self.write = write
    }
  }

  /// How the stream is read and written: what is stated nearest, and defaults that fit it.
  ///
  /// Files are read once and appended (`new_files` + `append`), tables are read whole and replaced (`full` +
  /// `replace`). A stated half moves the other: a file source that replaces reads everything again, because replacing a
  /// table by its newest files alone would lose the older ones.
  /// - Parameters:
  ///   - filesByDefault: the source's streams are files, which can be read once each.
  ///   - destination: the destination's `write`, where it states one.
  /// - Returns: the modes, and what is wrong with them together.
  package func modes(
    filesByDefault: Bool, destination: Placed<WriteMode>?
  ) -> (modes: Modes, diagnostics: [Diagnostic]) {
    let stated = write ?? destination
    let readMode = read?.value ?? (stated?.value == .replace || !filesByDefault ? .full : .newFiles)
    let writeMode = stated?.value ?? (readMode == .full ? .replace : .append)
    let modes = Modes(read: readMode, write: writeMode)
    let place = read?.place ?? write?.place ?? destination?.place ?? name.place
    return (modes, problem(modes, at: place).map { [$0] } ?? [])
  }

  private func problem(_ modes: Modes, at place: SourcePlace) -> Diagnostic? {
    switch (modes.read, modes.write) {
    case (.full, .append) where !allowsDuplicates:
      Diagnostic(
        at: place, "'read: full' with 'write: append' adds every row again at every run",
        suggestion: "use 'write: replace', or say 'allow_duplicates: true'")
    case (.newFiles, .replace):
      Diagnostic(
        at: place, "'read: new_files' with 'write: replace' would keep only the rows of the newest files",
        suggestion: "use 'read: full' or 'write: append'")
    default: nil
    }
  }
}
