/// Keeps the buffers of an exported column alive and frees them on whichever thread lets go of it last.
final class ColumnBuffers: @unchecked Sendable {
  let pointers: [UnsafeRawPointer?]

  /// Takes ownership of what `ColumnMemory.take` gave away.
  init(_ pointers: [UnsafeMutableRawPointer?]) { self.pointers = pointers.map { UnsafeRawPointer($0) } }

  deinit { for pointer in pointers { UnsafeMutableRawPointer(mutating: pointer)?.deallocate() } }
}
