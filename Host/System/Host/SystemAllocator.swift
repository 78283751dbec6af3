import CLinux

/// How this process gets memory from the system.
package enum SystemAllocator {
  /// Blocks of 1 MiB and more go back to the system as soon as they are freed. By itself glibc raises that limit to the
  /// largest block that was ever freed, up to 32 MiB, and keeps what lies below: then what a process holds depends on the
  /// order of its frees. Batches and their columns are smaller and stay cheap.
  ///
  /// To be called before the first thread is started.
  package static func returnLargeBlocks() { _ = headrace_return_blocks_from(1 << 20) }
}
