package import HostModel
package import HostPolicy

/// Turns readings of the machine's counters into what a level is judged by.
///
/// Processor time is what *other* programs use: a bulk load is meant to use every processor, and a host that degrades
/// itself for its own work would never be fast. Memory is all that is in use, because ours counts as much as others'.
package struct MachineMeter: Sendable {
  private var last: MachineReading.Processor?

  package init() {}

  package mutating func measure(_ reading: MachineReading) -> MachineSignal {
    var signal = MachineSignal()
    if let processor = reading.processor {
      signal.cpuPercent = last.flatMap { percent(from: $0, to: processor) }
      last = processor
    }
    if let memory = reading.memory, memory.total > 0 {
      let used = max(0, memory.total - memory.available)
      signal.memoryPercent = Int(clamping: Int64(Double(used) * 100 / Double(memory.total)))
    }
    return signal
  }

  private func percent(from start: MachineReading.Processor, to end: MachineReading.Processor) -> Int? {
    let total = end.total - start.total
    guard total > 0 else { return nil }
    let others = max(0, (end.busy - start.busy) - (end.own - start.own))
    return min(100, Int(clamping: Int64(Double(others) * 100 / Double(total))))
  }
}
