import Glibc
import HostControl
import HostModel
import HostSystem
import Testing

@Suite struct MachineMeterTests {
  private func reading(total: Int64, busy: Int64, own: Int64) -> MachineReading {
    MachineReading(processor: .init(total: total, busy: busy, own: own))
  }

  @Test func ourOwnWorkIsNoExhaustion() {
    var meter = MachineMeter()
    #expect(meter.measure(reading(total: 0, busy: 0, own: 0)).cpuPercent == nil, "one reading says nothing")
    #expect(meter.measure(reading(total: 200, busy: 200, own: 200)).cpuPercent == 0)
    #expect(meter.measure(reading(total: 400, busy: 400, own: 210)).cpuPercent == 95)
    #expect(meter.measure(reading(total: 400, busy: 400, own: 210)).cpuPercent == nil, "no time has passed")
    #expect(meter.measure(reading(total: 500, busy: 390, own: 210)).cpuPercent == 0, "counters that went back")
  }

  @Test(arguments: [(100, 100, 0), (100, 15, 85), (100, 0, 100), (100, 200, 0)] as [(Int64, Int64, Int)])
  func memoryIsWhatCannotBeHad(_ total: Int64, _ available: Int64, _ percent: Int) {
    var meter = MachineMeter()
    let signal = meter.measure(MachineReading(memory: .init(total: total, available: available)))
    #expect(signal.memoryPercent == percent)
  }

  @Test func thisMachineTellsOfItself() throws {
    let gauges = SystemGauges()
    let reading = gauges.read()
    let processor = try #require(reading.processor)
    #expect(processor.total > 0 && processor.busy > 0 && processor.busy <= processor.total && processor.own > 0)
    let memory = try #require(reading.memory)
    #expect(memory.total > 0 && memory.available > 0 && memory.available <= memory.total)
    #expect(try #require(gauges.freeBytes(at: "/tmp/a/folder/that/is/not/there")) > 0)
  }

  /// What threads have counted and not yet told.
  private static let kernelsError: Int64 = 16 << 20

  @Test func theMostMemoryOfAProcessIsToldAndForgotten() throws {
    let (gauges, size) = (SystemGauges(), 256 << 20)
    let memory = try #require(mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
    #expect(memory != MAP_FAILED)
    memset(memory, 1, size)
    let most = try #require(gauges.peak(of: nil))
    #expect(most >= size && gauges.peak(of: getpid()) ?? 0 >= most - Self.kernelsError)
    munmap(memory, size)
    #expect(gauges.peak(of: nil) ?? 0 >= most - Self.kernelsError)
    // Other tests have memory of their own in this process, and not all of the time.
    let isForgotten = (0..<1000).contains { _ in
      gauges.forgetPeak()
      if gauges.peak(of: nil) ?? .max < most - Int64(size / 2) { return true }
      usleep(10_000)
      return false
    }
    #expect(isForgotten)
    #expect(gauges.peak(of: .max) == nil, "nobody has that number")
  }
}
