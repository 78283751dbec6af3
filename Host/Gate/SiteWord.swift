import HostPolicy

/// All that the fast path reads and writes for a call, in one word of the call site:
///
///     63      39 38    34  33     32     31   30       0
///     generation   mode   timed  admit  full  successes
///
/// `admit` says that a call may go ahead without asking the machine: the breaker admits all and the feature is on.
/// `timed` asks for time stamps. `successes` counts what the machine has not been told yet; `full` is its carry. A call
/// that succeeded adds one with a compare-and-swap that fails if anything above the count has changed since the call
/// began, so a late success can never count in a later generation.
@usableFromInline
struct SiteWord: Sendable, Equatable {
  @usableFromInline var bits: UInt64

  @inlinable init(bits: UInt64) { self.bits = bits }

  // Computed, so that they are constants where the fast path is inlined.
  @inlinable static var countMask: UInt64 { (1 << 31) - 1 }
  @inlinable static var full: UInt64 { 1 << 31 }
  @inlinable static var admit: UInt64 { 1 << 32 }
  @inlinable static var timed: UInt64 { 1 << 33 }
  /// `admit` alone under this mask lets a call take the fast path.
  @inlinable static var gateMask: UInt64 { full | admit | timed }
  /// One call in 64 is timed.
  @inlinable static var sampleMask: UInt64 { 63 }
  static let modeShift: UInt64 = 34
  static let generationShift: UInt64 = 39
  static let generationMask: UInt64 = (1 << 25) - 1

  init(admits: Bool, timed: Bool, mode: FeatureMode, generation: UInt64) {
    bits = (admits ? Self.admit : 0) | (timed ? Self.timed : 0)
    bits |= UInt64(mode.rawValue) << Self.modeShift
    bits |= (generation & Self.generationMask) << Self.generationShift
  }

  /// Successes, a full count included.
  var count: Int { Int(bits & (Self.countMask | Self.full)) }

  var mode: FeatureMode {
    let raw = UInt8(truncatingIfNeeded: (bits >> Self.modeShift) & 31)
    guard let mode = FeatureMode(rawValue: raw) else { preconditionFailure("a call site's word has no mode \(raw)") }
    return mode
  }

  /// The word with its successes taken out.
  var emptied: SiteWord { SiteWord(bits: bits & ~(Self.countMask | Self.full)) }

  var admits: Bool { bits & (Self.admit | Self.full) == Self.admit }

  /// The generation that `now` has if the word is of it; the word holds only its lowest bits.
  func generation(near now: UInt64) -> UInt64 {
    let own = bits >> Self.generationShift
    return own == now & Self.generationMask ? now : now &- ((now &- own) & Self.generationMask)
  }
}
