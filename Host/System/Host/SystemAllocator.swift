import CLinux

/// How this process gets memory from the system.
package enum SystemAllocator {
  /// Blocks of 1 MiB and more go back to the system as soon as they are freed, and of what is free at the end of a heap all
  /// but 128 KiB, glibc's own default. By itself it raises the first limit to the largest block that was ever freed, up to
  /// 32 MiB, and the second to twice as much: then what a process holds depends on the order of its frees.
  ///
  /// Most columns of a batch are smaller and stay cheap. One of 1 MiB is mapped and faulted in anew for each batch: a source
  /// in this process that fills nothing else reads 2.2 GB/s instead of 14. With limits of 2 MiB and 4 MiB it reads 8 to 12,
  /// and a thousand reloads no longer leave the memory within 5 % of what it was.
  ///
  /// To be called before the first thread is started.
  package static func returnLargeBlocks() { _ = headrace_return_blocks(1 << 20, 128 << 10) }
}
