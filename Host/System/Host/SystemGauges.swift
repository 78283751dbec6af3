import Glibc
package import HostModel

/// Linux's own counters, in `/proc` and the control group that the process is in.
package struct SystemGauges: MachineGauges {
  private let files = SystemFiles()

  package init() {}

  package func read() -> MachineReading {
    MachineReading(processor: processor(), memory: groupMemory() ?? machineMemory())
  }

  /// The folder need not exist: the nearest one above it is asked.
  package func freeBytes(at path: String) -> Int64? {
    var folder = path
    var found = statvfs()
    while statvfs(folder, &found) != 0 {
      guard folder != "/", folder != "." else { return nil }
      folder = PathText.folder(of: folder)
    }
    return Int64(clamping: UInt64(found.f_bavail).multipliedReportingOverflow(by: UInt64(found.f_frsize)).partialValue)
  }

  /// The first line of `/proc/stat`: user nice system idle iowait irq softirq steal, in clock ticks.
  private func processor() -> MachineReading.Processor? {
    guard let line = text("/proc/stat")?.split(separator: "\n").first, line.hasPrefix("cpu ") else { return nil }
    let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { Int64($0) }
    guard ticks.count == 8 else { return nil }
    let tick = 1_000_000_000 / Int64(max(1, sysconf(Int32(_SC_CLK_TCK))))
    let total = ticks.reduce(0, +)
    var own = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own)
    return .init(
      total: total * tick, busy: (total - ticks[3] - ticks[4]) * tick,
      own: Int64(own.tv_sec) * 1_000_000_000 + Int64(own.tv_nsec))
  }

  private func machineMemory() -> MachineReading.Memory? {
    let path = "/proc/meminfo"
    guard let total = bytes("MemTotal", in: path), let available = bytes("MemAvailable", in: path), total > 0 else {
      return nil
    }
    return .init(total: total, available: available)
  }

  /// The limit of the control group, where there is one: a container has less than its machine.
  private func groupMemory() -> MachineReading.Memory? {
    let group = "/sys/fs/cgroup"
    guard let limit = number("\(group)/memory.max"), let used = number("\(group)/memory.current"), limit > 0 else {
      return nil
    }
    // Pages of files that nobody uses now are given back before anything is refused.
    let cached = text("\(group)/memory.stat")?.split(separator: "\n").first { $0.hasPrefix("inactive_file ") }
      .flatMap { Int64($0.dropFirst("inactive_file ".count)) }
    return .init(total: limit, available: max(0, limit - used + (cached ?? 0)))
  }

  /// The first number behind a name, in lines such as `VmHWM:	 2192 kB`, in bytes.
  private func bytes(_ name: String, in path: String) -> Int64? {
    text(path)?.split(separator: "\n").first { $0.hasPrefix(name + ":") }.flatMap { line in
      line.split { $0 == " " || $0 == "\t" }.dropFirst().first.flatMap { Int64($0) }.map { $0 * 1024 }
    }
  }

  private func number(_ path: String) -> Int64? {
    text(path).flatMap { Int64($0.prefix { $0.isNumber }) }
  }

  private func text(_ path: String) -> String? {
    guard let bytes = try? files.read(path, limit: 1 << 20) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension SystemGauges: MemoryPeaks {
  package func peak(of process: Int32?) -> Int64? {
    bytes("VmHWM", in: "/proc/\(process.map { String($0) } ?? "self")/status")
  }

  package func forgetPeak() {
    guard let file = fopen("/proc/self/clear_refs", "we") else { return }
    // The kernel's word for the peak of resident pages.
    fputs("5", file)
    fclose(file)
  }
}
