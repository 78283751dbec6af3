import HostGate
import HostModel
import HostPolicy
import TestSupport

/// Operators, lost instances, jumping clocks and bad disks.
extension ResilienceLife {
  func disturb() {
    let outside = world.outside
    let name = ResilienceWorld.names[outside.roll(ResilienceWorld.names.count)]
    let coverage = world.checks.coverage
    switch outside.roll(24) {
    case 0, 1:
      coverage.happened(.operatorPin)
      gate.pin(DegradationLevel(rawValue: UInt8(outside.roll(4))), of: scope)
    case 2, 3, 4: gate.pin(nil, of: scope)
    case 5, 6:
      coverage.happened(.instanceLost)
      gate.instanceLost(plugin: name, .crashed)
    case 7, 8:
      coverage.happened(.clockJump)
      world.simulation.clock.jumpWallTime(by: .seconds(Int64(outside.roll(7200)) - 3600))
    case 9:
      coverage.happened(.operatorCommand)
      gate.dependencies.first { $0.key.plugin == name }?.command(someCommand)
    case 10, 11, 12: gate.dependencies.first { $0.key.plugin == name }?.command(.close)
    case 13:
      coverage.happened(.diskFull)
      world.memory.inject(.diskFull(after: 0))
    case 14:
      coverage.happened(.ioError)
      world.memory.inject(.failure(at: world.memory.trace.count + outside.roll(20)))
    case 15, 16: world.memory.clearFaults()
    default: break
    }
  }

  private var someCommand: Breaker.Command {
    switch world.outside.roll(4) {
    case 0: .forceOpen
    case 1: .disable
    case 2: .countOnly
    default: .openUntil(world.now.advanced(by: Self.operatorHold))
    }
  }
}

extension ResilienceWorld {
  /// What the machine is short of now.
  func shortage() -> Fault? {
    let fault = outside.shortage(at: now)
    if let fault { checks.coverage.happened(fault) }
    return fault
  }
}
