import CLinux

/// How this process gets memory from the system.
package enum SystemAllocator {
  /// Blocks of 2 MiB and more go back to the system as soon as they are freed, and of what a thread has at the end of its
  /// heap all but 4 MiB. By itself glibc raises the first limit to the largest block that was ever freed, up to 32 MiB, and
  /// keeps what lies below: then what a process holds depends on the order of its frees.
  ///
  /// A batch and its columns are smaller, and are to stay so: a block that comes from the system is paid for with a fault for
  /// each page. A source that fills one column in batches of 1 MiB reads 14 GB/s from kept memory, and 2.2 GB/s where
  /// each column is mapped anew (`worker-benchmark`).
  ///
  /// To be called before the first thread is started.
  package static func returnLargeBlocks() { _ = headrace_return_blocks(2 << 20, 4 << 20) }
}
