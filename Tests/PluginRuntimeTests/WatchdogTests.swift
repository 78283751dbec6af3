import HostGate
import HostModel
import HostPluginCalls
import HostPolicy
import HostSystem
import Testing

@Suite struct WatchdogTests {
  private func lane(_ lost: Shared<[Failure]>) -> LaneGuard {
    LaneGuard(name: "lane 1") { failure in lost.change { $0.append(failure) } }
  }

  @Test func overdueCallIsCancelledAndReturnsAsATimeout() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let lost = Shared<[Failure]>([])
    let lane = lane(lost)
    let reader = try host.source(library, #"{"script": {"read": ["ok wait"]}}"#, lane: lane, retries: 1).firstReader()
    let call = try Self.inBackground(reader, after: library)
    host.clock.advance(by: .milliseconds(59_999))
    host.watchdog.look()
    #expect(library.count("cancels") == 0)
    host.clock.advance(by: .milliseconds(1))
    host.watchdog.look()
    let told = failure { _ = try call.value() }
    #expect(told?.status == .timeout)
    #expect(library.count("cancels") == 1 && !lane.isLost && host.watchdog.lostLaneCount == 0)
  }

  @Test func cancelledCallEndsAndItsReaderIsClosed() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let call = try Self.inBackground(
      try host.source(library, #"{"script": {"read": ["ok wait"]}}"#).firstReader(), after: library)
    host.cancellation.cancel()
    #expect(failure { _ = try call.value() }?.status == .cancelled)
    #expect(host.dependency.metrics().window.failures == 0)
  }

  /// Whoever is told that the lane is lost may ask the same dependency again at once, and must be refused.
  @Test func theBreakerIsOpenWhenTheLaneIsTold() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let wasOpen = Shared<Bool?>(nil)
    let dependency = host.dependency
    let lane = LaneGuard(name: "lane 1") { _ in wasOpen.change { $0 = dependency.breakerState == .open } }
    let call = try Self.inBackground(
      try host.source(library, #"{"script": {"read": ["ok hang"]}}"#, lane: lane).firstReader(), after: library)
    host.clock.advance(by: .seconds(65))
    host.watchdog.look()
    #expect(wasOpen.current == true)
    library.resume()
    _ = failure { _ = try call.value() }
  }

  @Test func callThatIgnoresItsCancellationLosesTheLaneAndOpensTheBreaker() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let lost = Shared<[Failure]>([])
    let lane = lane(lost)
    let call = try Self.inBackground(
      try host.source(library, #"{"script": {"read": ["ok hang"]}}"#, lane: lane).firstReader(), after: library)
    host.clock.advance(by: .seconds(60))
    host.watchdog.look()
    #expect(library.count("cancels") == 1 && !lane.isLost)
    host.clock.advance(by: .seconds(5))
    host.watchdog.look()
    host.watchdog.look()
    let message = "plugin 'scripted' did not return from 'read' and ignored its cancellation"
    #expect(lane.isLost && lost.current.map(\.message) == [message] && lost.current.map(\.status) == [.hung])
    #expect(host.losses.current.map(\.message) == [message] && host.watchdog.lostLaneCount == 1)
    #expect(host.dependency.breakerState == .open)
    let cause = BreakerCause.instanceLost(status: Status.hung.rawValue)
    #expect(host.events.current.compactMap(\.breaker).map(\.cause) == [cause])
    // What comes back late is no batch, and the instance is left as it is for ever.
    library.resume()
    let told = failure { _ = try call.value() }
    #expect(told?.message == "plugin 'scripted': read: it returned after it had been given up")
    #expect(library.count("destroyed") == 0 && library.count("readers_closed") == 0)
    #expect(host.dependency.metrics().counters.retries == 0)
  }

  @Test func createThatHangsLosesTheLaneAndTheLibrary() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let lane = lane(Shared([]))
    let context = host.context(lane: lane)
    let call = try Background { [services = host.services] () throws(Failure) in
      _ = try SourceInstance(
        library.plugin, config: #"{"script": {"create": ["ok hang"]}}"#, context: context, host: services)
    }
    try eventually("create is under way") { library.count("calls") == 1 }
    host.clock.advance(by: .seconds(65))
    host.watchdog.look()
    #expect(lane.isLost)
    host.dependency.command(.close)
    #expect(
      failure { _ = try host.source(library, "{}") }?.message
        == "plugin 'scripted': create: an earlier 'create' of this library never returned")
    library.resume()
    #expect(failure { try call.value() }?.status == .fatal)
    #expect(library.count("created") == 1 && library.count("destroyed") == 0)
  }

  @Test func lostLanesAboveTheLimitRefuseNewInstances() throws {
    let host = try TestHost(maxLostLanes: 1)
    let library = try ScriptedLibrary(in: host.folder)
    let call = try Self.inBackground(
      try host.source(library, #"{"script": {"read": ["ok hang"]}}"#).firstReader(), after: library)
    host.clock.advance(by: .seconds(65))
    host.watchdog.look()
    let calls = library.count("calls")
    let told = failure { _ = try host.source(library, "{}") }
    #expect(told?.message == "1 thread is stuck in plugin calls that never returned")
    #expect(told?.kind == .environment && told?.status == .rejected)
    #expect(library.count("calls") == calls)
    library.resume()
    #expect(failure { _ = try call.value() } != nil)
  }

  @Test func watchdogOnItsLaneLooksUntilItIsStopped() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let reader = try host.source(library, #"{"script": {"read": ["ok wait"]}}"#, retries: 1).firstReader()
    let call = try Self.inBackground(reader, after: library)
    // Its waits move the clock, so the deadline comes by itself.
    try host.watchdog.start(on: SystemLanes())
    let told = failure { _ = try call.value() }
    host.watchdog.stop()
    #expect(told?.status == .timeout || told?.status == .fatal)
    #expect(library.count("cancels") >= 1)
  }

  /// Reads on another thread, and returns once the plugin is in the call.
  private static func inBackground(_ reader: SourceReader, after library: ScriptedLibrary) throws -> Background<Bool> {
    let calls = library.count("calls")
    let moved = Moved(reader)
    let call = try Background { () throws(Failure) -> Bool in
      guard let reader = moved.take() else { return false }
      return try reader.read() != nil
    }
    try eventually("the call is under way") { library.count("calls") == calls + 1 }
    return call
  }
}

/// A reader on its way to the one thread that uses it.
private final class Moved: @unchecked Sendable {
  private var reader: SourceReader?
  init(_ reader: SourceReader) { self.reader = reader }

  func take() -> SourceReader? {
    defer { reader = nil }
    return reader
  }
}
