package import HostModel

extension LocalQueue {
  /// Removes the segments whose records are all below the offset. The others keep theirs, and those can be read.
  ///
  /// - Throws: a `Failure` with the status `conflict` for an offset beyond the next one, and those of the file system; then
  ///   a part may have been removed, and another call removes the rest.
  package func free(upTo offset: UInt64) throws(Failure) {
    try writing.withLock { () throws(Failure) in
      guard offset <= nextOffset else { throw beyond(offset) }
      if isRemovalUnsynced { try syncRemoval() }
      try removeSealed(upTo: offset)
      // The newest segment is freed by beginning another. One that takes over records is freed in its turn.
      while view.withLock({ $0.next > $0.first && $0.next <= offset }) {
        try beginSegment()
        try removeSealed(upTo: offset)
      }
    }
  }

  private func removeSealed(upTo offset: UInt64) throws(Failure) {
    while let oldest = view.withLock({ $0.freeing(upTo: offset) }) {
      try files.remove(path(oldest.first))
      view.withLock { $0.removedOldest() }
      isRemovalUnsynced = true
      try syncRemoval()
      lastRead.withLock { if $0?.first == oldest.first { $0 = nil } }
    }
  }

  /// Before the next segment is removed: names reach the disk in any order, and a gap would look like a loss.
  private func syncRemoval() throws(Failure) {
    try files.syncDirectory(folder)
    isRemovalUnsynced = false
  }
}
