import Synchronization

/// A bulkhead slot that a call site keeps from one call to the next, so that its calls need not count in a word that all
/// sites share. The machine counts a lease as in flight, and takes idle ones back when it runs out of slots.
@usableFromInline
enum Lease {
  @inlinable static var none: UInt64 { 0 }
  /// Held, and no call is using it.
  @inlinable static var idle: UInt64 { 1 }
  @inlinable static var busy: UInt64 { 2 }
}

extension SiteCore {
  /// Takes an idle lease away; true if there was one, and its slot is now the caller's to return.
  func reclaimLease() -> Bool {
    lines.words[1].compareExchange(expected: Lease.idle, desired: Lease.none, ordering: .acquiringAndReleasing)
      .exchanged
  }

  /// Keeps a slot that a call no longer needs; false if the site has a lease already.
  func keepLease() -> Bool {
    lines.words[1].compareExchange(expected: Lease.none, desired: Lease.idle, ordering: .acquiringAndReleasing)
      .exchanged
  }

  var hasIdleLease: Bool { lines.words[1].load(ordering: .relaxed) == Lease.idle }
}
