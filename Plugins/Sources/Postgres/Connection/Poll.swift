import Glibc

/// The events of `poll`, which Swift imports as `Int32` but wants as 16 bits.
enum Poll {
  static let readable = Int32(POLLIN)
  static let writable = Int32(POLLOUT)
}
