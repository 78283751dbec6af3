import HeadracePlugin

/// The loops over the selected values of one column.
struct CastKernel {
  let column: Column
  let selection: Selection
  let allocator: Allocator

  /// Values of a fixed width from whatever `read` makes of a row; nil is a failure.
  @inline(__always)
  func fixed<T: BitwiseCopyable>(_ zero: T, _ read: (Int) -> T?) -> Cast.Converted {
    let memory = Memory(capacity: selection.count * MemoryLayout<T>.stride, allocator: allocator)
    memory.count = selection.count * MemoryLayout<T>.stride
    let target = memory.pointer(to: T.self)
    let validity = column.validity
    var failures: [Int] = []
    var position = 0
    for run in selection.runs {
      for row in run.rows {
        if let validity, !validity[row] {
          target[position] = zero
        } else if let value = read(row) {
          target[position] = value
        } else {
          target[position] = zero
          failures.append(position)
        }
        position &+= 1
      }
    }
    return finish([memory], failures)
  }

  /// Booleans, as bits.
  @inline(__always)
  func bits(_ read: (Int) -> Bool?) -> Cast.Converted {
    var writer = BitWriter(capacity: selection.count, allocator: allocator)
    let validity = column.validity
    var failures: [Int] = []
    var position = 0
    for run in selection.runs {
      for row in run.rows {
        var value: Bool? = false
        if validity.map({ $0[row] }) ?? true { value = read(row) }
        if value == nil { failures.append(position) }
        writer.append(value == true ? 1 : 0, count: 1)
        position &+= 1
      }
    }
    return finish([writer.finish()], failures)
  }

  func finish(_ memories: [Memory], _ failures: [Int]) -> Cast.Converted {
    let (validity, nulls) = column.gatherValidity(selection, allocator)
    return Cast.Converted(
      data: ArrowData(length: selection.count, nullCount: nulls, buffers: [validity] + memories), failures: failures)
  }

  // MARK: To text. Everything has one, so that nothing fails.

  func toText() throws(PluginError) -> Cast.Converted {
    let offsets = Memory(capacity: (selection.count + 1) * 4, allocator: allocator)
    let bytes = Memory(capacity: selection.count * 8, allocator: allocator)
    offsets.append(Int32(0))
    let validity = column.validity
    let longs = column.type == .int64 ? column.values(as: Int64.self) : nil
    var text: [UInt8] = []
    for run in selection.runs {
      for row in run.rows {
        if validity.map({ $0[row] }) ?? (column.type != .null) {
          text.removeAll(keepingCapacity: true)
          if let longs {
            NumberText.append(integer: longs[row], to: &text)
          } else {
            column.appendText(row, to: &text)
          }
          text.withUnsafeBytes { bytes.append($0) }
        }
        guard let end = Int32(exactly: bytes.count) else {
          throw PluginError(.unsupported, "column '\(column.name)': more than 2 GiB of text in one batch")
        }
        offsets.append(end)
      }
    }
    return finish([offsets, bytes], [])
  }
}
