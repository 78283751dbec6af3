extension Column {
  /// The selected values, in new buffers, for every type; what dictionaries and views point to is shared.
  public func gather(_ selection: Selection, allocator: Allocator = .system) -> ArrowData {
    if selection.count == count, selection.runs.first?.start ?? 0 == 0, selection.runs.count <= 1 { return data }
    let validity = gatherValidity(selection, allocator)
    let bits = validity.memory.map { UnsafeRawPointer($0.base) }
    var result = ArrowData(
      length: selection.count, nullCount: validity.nulls, offset: 0, buffers: [bits], children: [], dictionary: [],
      owners: validity.memory.map { [$0] } ?? [])
    switch type {
    case .null: result.buffers = []
    case .bool: result.append(gatherBits(selection, allocator))
    case .string, .binary: gatherTexts(Int32.self, selection, allocator, into: &result)
    case .largeString, .largeBinary: gatherTexts(Int64.self, selection, allocator, into: &result)
    case .stringView, .binaryView: gatherViews(selection, allocator, into: &result)
    case .list, .map: gatherList(Int32.self, selection, allocator, into: &result)
    case .largeList: gatherList(Int64.self, selection, allocator, into: &result)
    case .fixedSizeList(_, let size):
      result.children = [children[0].gather(selection.scaled(by: size), allocator: allocator)]
    case .structure: result.children = children.map { $0.gather(selection, allocator: allocator) }
    default:
      result.append(gatherFixed(selection, allocator))
      result.dictionary = dictionary.map(\.data)
    }
    return result
  }

  /// The selected part of the validity; nil if nothing selected is null.
  public func gatherValidity(_ selection: Selection, _ allocator: Allocator) -> (memory: Memory?, nulls: Int) {
    if type == .null { return (nil, selection.count) }
    guard let validity else { return (nil, 0) }
    var writer = BitWriter(capacity: selection.count, allocator: allocator)
    for run in selection.runs { writer.append(validity, run.rows) }
    let nulls = selection.count - writer.ones
    return nulls == 0 ? (nil, 0) : (writer.finish(), nulls)
  }

  private func gatherBits(_ selection: Selection, _ allocator: Allocator) -> Memory {
    var writer = BitWriter(capacity: selection.count, allocator: allocator)
    let values = booleans
    for run in selection.runs { writer.append(values, run.rows) }
    return writer.finish()
  }

  private func gatherFixed(_ selection: Selection, _ allocator: Allocator) -> Memory {
    let width = type.byteWidth ?? 0
    let memory = Memory(capacity: selection.count * width, allocator: allocator)
    guard let source = fixedBytes else { return memory }
    switch width {
    case 1: copy(UInt8.self, from: source, selection, to: memory)
    case 2: copy(UInt16.self, from: source, selection, to: memory)
    case 4: copy(UInt32.self, from: source, selection, to: memory)
    case 8: copy(UInt64.self, from: source, selection, to: memory)
    default:
      for run in selection.runs { memory.append(from: source + run.start * width, count: run.count * width) }
    }
    memory.count = selection.count * width
    return memory
  }

  /// Short runs are copied in a loop, since a call for each would cost more than the copy.
  @inline(__always)
  private func copy<T: BitwiseCopyable>(
    _ type: T.Type, from source: UnsafeRawPointer, _ selection: Selection, to memory: Memory
  ) {
    let values = source.assumingMemoryBound(to: T.self)
    var target = memory.pointer(to: T.self)
    for run in selection.runs {
      let from = values + run.start
      if run.count > 32 {
        target.update(from: from, count: run.count)
      } else {
        for index in 0..<run.count { target[index] = from[index] }
      }
      target += run.count
    }
  }

  private func gatherTexts<Offset: FixedWidthInteger & BitwiseCopyable>(
    _ type: Offset.Type, _ selection: Selection, _ allocator: Allocator, into result: inout ArrowData
  ) {
    guard let base = buffer(1)?.assumingMemoryBound(to: Offset.self) else {
      return result.append(Memory.zeroed(MemoryLayout<Offset>.size, allocator: allocator), Memory())
    }
    let offsets = base + offset
    let made = gatherOffsets(offsets, selection, allocator)
    let bytes = Memory(capacity: Int(made.pointer(to: Offset.self)[selection.count]), allocator: allocator)
    let source = buffer(2) ?? Self.nothing
    for run in selection.runs {
      let start = Int(offsets[run.start])
      bytes.append(from: source + start, count: Int(offsets[run.start + run.count]) - start)
    }
    result.append(made, bytes)
  }

  /// The offsets of the selected values, counted from 0.
  private func gatherOffsets<Offset: FixedWidthInteger & BitwiseCopyable>(
    _ offsets: UnsafePointer<Offset>, _ selection: Selection, _ allocator: Allocator
  ) -> Memory {
    let memory = Memory(capacity: (selection.count + 1) * MemoryLayout<Offset>.size, allocator: allocator)
    memory.count = (selection.count + 1) * MemoryLayout<Offset>.size
    var target = memory.pointer(to: Offset.self)
    var end: Offset = 0
    target[0] = 0
    for run in selection.runs {
      let shift = end &- offsets[run.start]
      let from = offsets + run.start
      for index in 1...run.count { target[index] = from[index] &+ shift }
      target += run.count
      end = target[0]
    }
    return memory
  }

  private func gatherViews(_ selection: Selection, _ allocator: Allocator, into result: inout ArrowData) {
    let views = Memory(capacity: selection.count * 16, allocator: allocator)
    if let source = buffer(1) {
      for run in selection.runs { views.append(from: source + (offset + run.start) * 16, count: run.count * 16) }
    }
    result.append(views)
    result.buffers += buffers.dropFirst(2)
    result.owners.append(owner)
  }

  private func gatherList<Offset: FixedWidthInteger & BitwiseCopyable>(
    _ type: Offset.Type, _ selection: Selection, _ allocator: Allocator, into result: inout ArrowData
  ) {
    var inner = Selection()
    if let base = buffer(1)?.assumingMemoryBound(to: Offset.self) {
      let offsets = base + offset
      result.append(gatherOffsets(offsets, selection, allocator))
      for run in selection.runs {
        let start = Int(offsets[run.start])
        inner.append(start: start, count: Int(offsets[run.start + run.count]) - start)
      }
    } else {
      result.append(Memory.zeroed(MemoryLayout<Offset>.size, allocator: allocator))
    }
    result.children = [children[0].gather(inner, allocator: allocator)]
  }
}

extension Selection {
  /// The same rows of a child with `size` values for each.
  fileprivate func scaled(by size: Int) -> Selection {
    var result = Selection()
    for run in runs { result.append(start: run.start * size, count: run.count * size) }
    return result
  }
}

extension ArrowData {
  fileprivate mutating func append(_ memories: Memory...) {
    for memory in memories {
      buffers.append(UnsafeRawPointer(memory.base))
      owners.append(memory)
    }
  }
}
