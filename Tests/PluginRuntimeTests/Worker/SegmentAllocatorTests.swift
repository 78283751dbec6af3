import Glibc
import HostModel
@testable import HostPluginCalls
import HostSystem
import Testing
import TestSupport

/// What has been taken of a segment, by the rules and nothing else.
private struct Model {
  var blocks: [Int: Int] = [:]

  /// Throws if a block reaches into another one, or out of the segment.
  mutating func take(_ offset: Int, _ count: Int, of size: Int) throws {
    try #require(offset % BlockMap.unit == 0 && offset >= 0 && offset + count <= size, "\(offset) + \(count)")
    for (start, length) in blocks {
      try #require(offset + max(1, count) <= start || start + max(1, length) <= offset, "\(offset) is in \(start)")
    }
    blocks[offset] = count
  }
}

/// A map by reference: expectations are no place for what cannot be copied.
private final class Blocks {
  private var map: BlockMap
  init(bytes: Int) { map = BlockMap(bytes: bytes) }
  func take(_ bytes: Int) -> Int? { map.take(bytes) }
  func giveBack(_ offset: Int) -> Bool { map.giveBack(offset) }
  var takenBytes: Int { map.takenBytes }
}

@Suite struct BlockMapTests {
  private static let size = 1 << 20

  /// Sizes of all magnitudes.
  private func count(_ random: inout SplitMix64) -> Int {
    Int.random(in: 0...(1 << Int.random(in: 0...18, using: &random)), using: &random)
  }

  @Test func blocksNeverOverlapAndAllOfThemComeBack() throws {
    var (taken, refused) = (0, 0)
    try SimulationSeeds.forEach(300) { seed in
      var random = SplitMix64(seed: seed)
      let map = Blocks(bytes: Self.size)
      var model = Model()
      for _ in 0..<400 {
        if Int.random(in: 0..<3, using: &random) > 0 || model.blocks.isEmpty {
          let wanted = count(&random)
          guard let offset = map.take(wanted) else {
            refused += 1
            continue
          }
          try model.take(offset, wanted, of: Self.size)
          taken += 1
        } else if let offset = model.blocks.keys.sorted().randomElement(using: &random) {
          try #require(map.giveBack(offset))
          model.blocks[offset] = nil
        }
        let used = model.blocks.values.reduce(0) { $0 + max(1, ($1 + BlockMap.unit - 1) / BlockMap.unit) }
        try #require(map.takenBytes == used * BlockMap.unit)
      }
      for offset in model.blocks.keys { try #require(map.giveBack(offset)) }
      // All of it is one block again.
      try #require(map.takenBytes == 0 && map.take(Self.size) == 0)
    }
    print("blocks: 300 seeds: \(taken) taken, \(refused) refused")
    #expect(taken > 1000 && refused > 1000 || SimulationSeeds.first(300).count == 1)
  }

  @Test func whatIsNoBlockIsNotTakenBack() throws {
    let map = Blocks(bytes: Self.size)
    let first = try #require(map.take(1000))
    let second = try #require(map.take(1000))
    for wrong in [
      -1, -256, first + 1, first + 256, first + 64, second + 1024, Self.size, Self.size * 2, Int.max, Int.min,
    ] {
      #expect(!map.giveBack(wrong), "\(wrong)")
    }
    #expect(map.giveBack(first) && !map.giveBack(first))
    #expect(map.giveBack(second) && !map.giveBack(second) && !map.giveBack(first))
    #expect(map.take(Self.size) == 0)
  }

  @Test func sizesThatCannotBeAreRefused() {
    let map = Blocks(bytes: Self.size)
    for wrong in [-1, Self.size + 1, Int.max, Int.min] { #expect(map.take(wrong) == nil) }
    #expect(map.take(0) == 0 && map.take(0) == BlockMap.unit)
    let none = Blocks(bytes: 100)
    #expect(none.take(0) == nil && !none.giveBack(0))
  }

  /// What was used last is in the caches.
  @Test func theSameBlockIsUsedAgain() throws {
    let map = Blocks(bytes: Self.size)
    let first = try #require(map.take(100_000))
    for _ in 0..<10 {
      #expect(map.giveBack(first))
      #expect(map.take(100_000) == first)
    }
  }
}

@Suite struct SegmentAllocatorTests {
  private static let size = 4 << 20

  /// Each thread fills its blocks with a pattern of its own and finds it again, also in blocks that another has allocated.
  @Test func threadsNeverFindAnothersBytes() throws {
    let segment = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.size, alignment: 4096)
    defer { segment.deallocate() }
    let allocator = SegmentAllocator(segment)
    let handedOver = Shared<[(address: UInt, count: Int, pattern: UInt8)]>([])
    let wrong = Shared<[String]>([])
    let lanes = SystemLanes()
    let threads = try (1...4).map { thread in
      try lanes.start("test") {
        var random = SplitMix64(seed: UInt64(thread))
        var mine: [(address: UInt, count: Int, pattern: UInt8)] = []
        for round in 0..<20_000 {
          if mine.count < 8, let block = allocator.allocate(Int.random(in: 1...60_000, using: &random)) {
            let count = Int.random(in: 1...64, using: &random)
            let pattern = UInt8(truncatingIfNeeded: thread << 6 | round & 63)
            block.initializeMemory(as: UInt8.self, repeating: pattern, count: count)
            if UInt(bitPattern: block) % 64 != 0 { wrong.change { $0.append("a block at \(block)") } }
            mine.append((UInt(bitPattern: block), count, pattern))
          } else if !mine.isEmpty {
            let block = mine.remove(at: Int.random(in: 0..<mine.count, using: &random))
            let isMine = Int.random(in: 0..<4, using: &random) > 0
            if isMine { release(block) } else { handedOver.change { $0.append(block) } }
          }
          guard round % 16 == 0 else { continue }
          var taken: (address: UInt, count: Int, pattern: UInt8)?
          handedOver.change { taken = $0.popLast() }
          if let taken { release(taken) }
        }
        for block in mine { release(block) }
      }
    }
    @Sendable func release(_ block: (address: UInt, count: Int, pattern: UInt8)) {
      guard let start = UnsafeMutableRawPointer(bitPattern: block.address) else { return }
      let bytes = UnsafeRawBufferPointer(start: start, count: block.count)
      if !bytes.allSatisfy({ $0 == block.pattern }) { wrong.change { $0.append("\(start): \(Array(bytes))") } }
      if !allocator.free(start) { wrong.change { $0.append("\(start) is no block") } }
    }
    for thread in threads { thread.join() }
    for block in handedOver.current { release(block) }
    #expect(wrong.current.isEmpty, "\(wrong.current.prefix(3))")
    #expect(allocator.takenBytes == 0 && allocator.allocate(Self.size) != nil && allocator.allocate(1) == nil)
  }

  @Test func onlyWhatLiesInTheSegmentHasAPlace() throws {
    let segment = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.size, alignment: 4096)
    defer { segment.deallocate() }
    let allocator = SegmentAllocator(segment)
    let start = UnsafeRawPointer(try #require(segment.baseAddress))
    #expect(allocator.offset(of: start, count: Self.size) == 0)
    #expect(allocator.offset(of: start + 64, count: 100) == 64)
    #expect(allocator.offset(of: start + 64, count: Self.size) == nil)
    #expect(
      allocator.offset(of: start - 1, count: 1) == nil && allocator.offset(of: start + Self.size, count: 0) == nil)
    withUnsafeBytes(of: 5) { bytes in
      if let elsewhere = bytes.baseAddress { #expect(allocator.offset(of: elsewhere, count: 8) == nil) }
    }
  }
}
