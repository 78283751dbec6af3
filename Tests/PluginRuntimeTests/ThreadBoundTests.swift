import Glibc
import HostModel
@testable import HostPluginCalls
import Testing

/// An instance that is bound to the thread that made it is called from there or not at all.
@Suite struct ThreadBoundTests {
  @Test func onlyTheThreadThatMadeAnInstanceCallsIt() throws {
    let folder = try TestFolder()
    let path = folder.path + "/libbound.so"
    try Built.compile("Tests/Plugins/Broken/bound.c", to: path)
    let plugin = try LoadedPlugin(path: path)
    let host = try TestHost()
    let made = try Background { () throws(Failure) -> DetectorInstance in
      let detector = try DetectorInstance(
        plugin, config: "{}", stream: "numbers", schema: ExportedSchema(numbers), context: host.context(),
        host: host.services)
      _ = try detector.inspect(numbersBatch(rows: 2))
      return detector
    }
    var detector: DetectorInstance? = try made.value()
    let refused = failure { _ = try detector?.inspect(numbersBatch(rows: 2)) }
    #expect(
      refused?.message == "plugin 'broken': inspect: the instance is bound to the thread that made it"
        && refused?.status == .fatal)
    detector = nil
    #expect(try strangers(path) == 0, "an instance was called, or freed, by a thread that had not made it")
  }

  private func strangers(_ path: String) throws -> Int32 {
    guard let handle = dlopen(path, RTLD_NOW | RTLD_NOLOAD), let symbol = dlsym(handle, "bound_strangers") else {
      throw TestFailure("\(path) is not loaded")
    }
    return unsafeBitCast(symbol, to: (@convention(c) () -> Int32).self)()
  }
}
