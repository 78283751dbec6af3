/// Which rows of a batch go on, as runs of neighbours: what follows copies whole runs instead of single values.
public struct Selection: Sendable, Hashable {
  @frozen
  public struct Run: Sendable, Hashable {
    public var start: Int
    public var count: Int
    @inlinable public init(start: Int, count: Int) {
      self.start = start
      self.count = count
    }
    @inlinable public var rows: Range<Int> { start..<start &+ count }
  }

  public private(set) var runs: [Run]
  /// How many rows are selected.
  public private(set) var count: Int

  public init() {
    runs = []
    count = 0
  }

  public init(all rows: Int) {
    runs = rows > 0 ? [Run(start: 0, count: rows)] : []
    count = max(rows, 0)
  }

  /// The rows whose byte is 1.
  public init(mask: UnsafeBufferPointer<UInt8>) {
    self.init()
    let rows = mask.count
    guard let base = UnsafeRawPointer(mask.baseAddress) else { return }
    var row = 0
    while row < rows {
      while row + 8 <= rows, base.loadUnaligned(fromByteOffset: row, as: UInt64.self) == 0 { row += 8 }
      while row < rows, mask[row] != 1 { row += 1 }
      let start = row
      while row + 8 <= rows, base.loadUnaligned(fromByteOffset: row, as: UInt64.self) == 0x0101_0101_0101_0101 {
        row += 8
      }
      while row < rows, mask[row] == 1 { row += 1 }
      append(start: start, count: row - start)
    }
  }

  /// Adds rows after those that are selected. Neighbours become one run.
  public mutating func append(start: Int, count added: Int) {
    guard added > 0 else { return }
    count += added
    if let last = runs.last, last.start + last.count == start {
      runs[runs.count - 1].count += added
    } else {
      runs.append(Run(start: start, count: added))
    }
  }

  /// Without the rows at these positions, which count selected rows and ascend.
  public func removing(positions: [Int]) -> Selection {
    var result = Selection()
    var next = 0
    var before = 0
    for run in runs {
      var start = run.start
      while next < positions.count, positions[next] < before + run.count {
        let row = run.start + positions[next] - before
        result.append(start: start, count: row - start)
        start = row + 1
        next += 1
      }
      result.append(start: start, count: run.start + run.count - start)
      before += run.count
    }
    return result
  }

  /// The row at a position. Walks the runs: for messages, not for loops.
  public func row(at position: Int) -> Int {
    var left = position
    for run in runs {
      if left < run.count { return run.start + left }
      left -= run.count
    }
    return -1
  }
}
