import HostFormats
import HostModel
@testable import HostPluginCalls
import Testing

/// What a worker says of where its batch lies: each rule is broken by itself, since of several lies at once one is found anyway.
@Suite struct LayoutTests {
  /// Memory of a worker's, with a batch in it.
  private final class Lent {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 12, alignment: 64)
    private(set) var layout = BatchLayout(rows: 0, shapes: [], buffers: [])
    private var place = 0

    init(rows: Int) throws {
      let laidOut = try BatchCodec.layOut(numbersBatch(rows: rows)) { piece in
        defer { place += (piece.count + 63) / 64 * 64 }
        if let start = memory.baseAddress { piece.copy(to: start + place) }
        return place
      }
      layout = try #require(laidOut)
    }

    func change(_ body: (inout BatchLayout, UnsafeMutableRawBufferPointer) -> Void) { body(&layout, memory) }

    /// How many rows are read, as a host reads them.
    func read() throws(Failure) -> Int {
      try BatchCodec.read(layout, numbers, in: UnsafeRawBufferPointer(memory), lending: .values, owner: self).rowCount
    }

    deinit { memory.deallocate() }
  }

  struct Lie: Sendable, CustomStringConvertible {
    let told: String
    let tell: @Sendable (inout BatchLayout, UnsafeMutableRawBufferPointer) -> Void
    var description: String { told }

    init(_ told: String, _ tell: @escaping @Sendable (inout BatchLayout, UnsafeMutableRawBufferPointer) -> Void) {
      (self.told, self.tell) = (told, tell)
    }
  }

  /// Ten rows have 80 bytes of numbers, 44 of offsets, and the characters of the texts.
  private static let lies = [
    Lie("they have -1 rows") { layout, _ in layout.rows = -1 },
    Lie("they have 2147483648 rows") { layout, _ in layout.rows = 1 << 31 },
    // What is used would begin where the memory ends.
    Lie("a buffer has 0 bytes, not 80") { layout, memory in
      layout.buffers[0] = BatchLayout.Buffer(offset: UInt64(memory.count), count: 0)
    },
    Lie("a buffer has 81 bytes, not 80") { layout, _ in layout.buffers[0].count = 81 },
    Lie("is not in the memory") { layout, memory in layout.buffers[0].offset = UInt64(memory.count) - 64 },
    Lie("is not in the memory") { layout, _ in layout.buffers[0].offset = .max - 15 },
    Lie("which is no multiple of 16") { layout, _ in layout.buffers[0].offset = 8 },
    Lie("it lacks a buffer") { layout, _ in layout.buffers.removeLast() },
    Lie("there is no such array") { layout, _ in layout.shapes.removeLast() },
    Lie("more follows than the schema has columns") { layout, _ in layout.shapes.append(0) },
    Lie("more follows than the schema has columns") { layout, _ in
      layout.buffers.append(BatchLayout.Buffer(offset: 0, count: 0))
    },
    Lie("an array has the shape 16") { layout, _ in layout.shapes[0] = 16 },
    // Numbers that are all there begin with the first.
    Lie("an array has the shape 1") { layout, _ in
      layout.shapes[0] = 1
      layout.buffers[0].count = 88
    },
    Lie("offset 1 is -1, the one before 0") { layout, memory in
      memory.storeBytes(of: -1, toByteOffset: Int(layout.buffers[1].offset) + 4, as: Int32.self)
    },
    Lie("the first offset is -1") { layout, memory in
      memory.storeBytes(of: -1, toByteOffset: Int(layout.buffers[1].offset), as: Int32.self)
    },
    Lie("text 0 is not UTF-8") { layout, memory in memory[Int(layout.buffers[2].offset)] = 0xFF },
  ]

  @Test func whatIsSaidRightIsTaken() throws { #expect(try Lent(rows: 10).read() == 10) }

  @Test(arguments: lies) func aLieIsFoundByItself(lie: Lie) throws {
    let lent = try Lent(rows: 10)
    lent.change(lie.tell)
    let told = failure { _ = try lent.read() }
    #expect(told?.status == .fatal && told?.message.contains(lie.told) == true, "\(told?.message ?? "it was taken")")
  }
}
