import Glibc

/// Which parts of a segment are in use. It knows offsets only: what lies in the segment, and what others write there, has no
/// influence on it.
///
/// Boundary tags (Knuth, The Art of Computer Programming 1, 2.5), kept beside the memory and not in it, in units of 256 bytes:
/// 1. Every block, free or taken, has its size at its first unit; a free one also at its last, so that the one behind finds it.
/// 2. Free blocks are in lists by the magnitude of their size, the latest first: what was used last is still in the caches.
/// 3. Taking looks at a few blocks of the size's own list, then at the first of a list whose blocks are all large enough; what is
///    too much of it becomes a free block.
/// 4. Giving back joins a block with its neighbours that are free.
///
/// All of it takes a time that does not depend on how many blocks there are.
struct BlockMap: ~Copyable {
  /// Blocks begin at multiples of this, in bytes.
  static let unit = 256

  private typealias Tags = UnsafeMutableBufferPointer<UInt32>
  private static let none = UInt32.max
  private static let taken: UInt32 = 1 << 31
  /// How many blocks of a list are looked at that may be too small.
  private static let looks = 8

  private let units: UInt32
  private let memory: UnsafeMutableRawBufferPointer
  /// The size of the block that begins here, and whether it is taken; 0 where none begins.
  private let sizes: Tags
  /// The size of the free block that ends here; 0 where none does.
  private let ends: Tags
  /// The neighbours of a free block in its list.
  private let next: Tags
  private let previous: Tags
  /// The first block of each list.
  private var lists = [UInt32](repeating: none, count: 32)
  /// The bytes of all blocks that are taken.
  private(set) var takenBytes = 0

  /// - Parameter bytes: of the segment, at most 2^38.
  init(bytes: Int) {
    precondition(bytes >= 0 && bytes / Self.unit < Int(Self.taken), "the tags are of 31 bits")
    let count = bytes / Self.unit + 1
    // All of it is zero, and the system gives memory to those parts only that are touched.
    memory = UnsafeMutableRawBufferPointer(
      start: mmap(
        nil, 4 * count * MemoryLayout<UInt32>.stride, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      count: 4 * count * MemoryLayout<UInt32>.stride)
    precondition(memory.baseAddress != UnsafeMutableRawPointer(bitPattern: -1), "there is no memory for the tags")
    let tags = memory.bindMemory(to: UInt32.self)
    func part(_ index: Int) -> Tags { UnsafeMutableBufferPointer(rebasing: tags[index * count..<(index + 1) * count]) }
    (sizes, ends, next, previous) = (part(0), part(1), part(2), part(3))
    units = UInt32(bytes / Self.unit)
    if units > 0 { insert(0, units) }
  }

  deinit { munmap(memory.baseAddress, memory.count) }

  /// - Returns: the offset of a block of at least so many bytes; nil if there is none.
  mutating func take(_ bytes: Int) -> Int? {
    guard bytes >= 0, bytes <= Int(units) * Self.unit else { return nil }
    let wanted = UInt32(max(1, (bytes + Self.unit - 1) / Self.unit))
    guard let block = find(wanted) else { return nil }
    let size = sizes[Int(block)]
    remove(block, size)
    if size > wanted { insert(block + wanted, size - wanted) }
    sizes[Int(block)] = wanted | Self.taken
    takenBytes += Int(wanted) * Self.unit
    return Int(block) * Self.unit
  }

  /// - Returns: false if no block that is taken begins at the offset; nothing has changed then.
  mutating func giveBack(_ offset: Int) -> Bool {
    guard offset >= 0, offset % Self.unit == 0, offset / Self.unit < Int(units) else { return false }
    var block = UInt32(offset / Self.unit)
    guard sizes[Int(block)] & Self.taken != 0 else { return false }
    var size = sizes[Int(block)] & ~Self.taken
    takenBytes -= Int(size) * Self.unit
    sizes[Int(block)] = 0
    let behind = block + size
    if behind < units, sizes[Int(behind)] & Self.taken == 0 {
      let more = sizes[Int(behind)]
      remove(behind, more)
      size += more
    }
    if block > 0, ends[Int(block) - 1] != 0 {
      let before = ends[Int(block) - 1]
      block -= before
      remove(block, before)
      size += before
    }
    insert(block, size)
    return true
  }

  private func find(_ wanted: UInt32) -> UInt32? {
    let magnitude = Self.magnitude(wanted)
    var block = lists[magnitude]
    for _ in 0..<Self.looks where block != Self.none {
      if sizes[Int(block)] >= wanted { return block }
      block = next[Int(block)]
    }
    return lists[(magnitude + 1)...].first { $0 != Self.none }
  }

  private static func magnitude(_ size: UInt32) -> Int { 31 - size.leadingZeroBitCount }

  private mutating func insert(_ block: UInt32, _ size: UInt32) {
    let first = lists[Self.magnitude(size)]
    sizes[Int(block)] = size
    ends[Int(block + size) - 1] = size
    next[Int(block)] = first
    previous[Int(block)] = Self.none
    if first != Self.none { previous[Int(first)] = block }
    lists[Self.magnitude(size)] = block
  }

  private mutating func remove(_ block: UInt32, _ size: UInt32) {
    let (before, behind) = (previous[Int(block)], next[Int(block)])
    if before == Self.none { lists[Self.magnitude(size)] = behind } else { next[Int(before)] = behind }
    if behind != Self.none { previous[Int(behind)] = before }
    sizes[Int(block)] = 0
    ends[Int(block + size) - 1] = 0
  }
}
