/// Keeps the buffers of an exported column alive and frees them on whichever thread lets go of it last.
final class ColumnBuffers: @unchecked Sendable {
  // Nobody writes to them any more.
  let pointers: [UnsafeRawPointer?]
  private let buffers: [ColumnBuffer?]

  /// Takes ownership of what `ColumnMemory.take` gave away.
  init(_ buffers: [ColumnBuffer?]) {
    self.buffers = buffers
    pointers = buffers.map { buffer in buffer.map { UnsafeRawPointer($0.base) } }
  }

  deinit { for buffer in buffers { buffer?.free() } }
}
