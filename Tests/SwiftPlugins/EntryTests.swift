import CHeadrace
import HeadracePlugin
import Testing

@Suite struct EntryTests {
  /// Every key has a description, and the schema itself is JSON.
  @Test func configurationSchemasDescribeEveryKey() throws {
    let map = try PluginHandle("headrace-map").table(HEADRACE_TRANSFORM, as: headrace_transform.self)
    let threshold = try PluginHandle("headrace-threshold").table(HEADRACE_DETECTOR, as: headrace_detector.self)
    let statistical = try PluginHandle("headrace-statistical").table(HEADRACE_DETECTOR, as: headrace_detector.self)
    for factory in [map.pointee.factory, threshold.pointee.factory, statistical.pointee.factory] {
      let schema = try JSON(parsing: try #require(factory).pointee.config_schema.text)
      #expect(schema["additionalProperties"] == .bool(false))
      guard case .object(let keys) = schema["properties"] else {
        Issue.record("no properties")
        continue
      }
      for key in keys { #expect(key.value["description"] != nil, "\(key.key)") }
    }
  }

  static let libraries = ["headrace-map", "headrace-threshold", "headrace-statistical"]

  @Test(arguments: libraries)
  func theEntryNamesThePluginAndNegotiates(library: String) throws {
    let entry = try PluginHandle(library).entry
    #expect("headrace-" + entry.pointee.name.text == library)
    #expect(Int(entry.pointee.struct_size) == MemoryLayout<headrace_entry>.size)
    var version: UInt32 = 0
    try Caller.run { _, error in entry.pointee.negotiate(1, 3, &version, error) }
    #expect(version == 1)
    let failure = #expect(throws: CallFailure.self) {
      try Caller.run { _, error in entry.pointee.negotiate(2, 3, &version, error) }
    }
    #expect(failure?.status == HEADRACE_UNSUPPORTED)
    #expect(failure?.message == "the plugin speaks version 1 of the plugin interface, the host 2 to 3")
    #expect(throws: PluginHandle.Failure.self) {
      _ = try PluginHandle(library).table(HEADRACE_SOURCE, as: headrace_source.self)
    }
  }

  /// A host that was built with longer structures finds its own bytes as it left them.
  @Test func whatLiesBehindAStructureIsNotTouched() throws {
    let table = try PluginHandle("headrace-map").table(HEADRACE_TRANSFORM, as: headrace_transform.self)
    struct Longer {
      var error = headrace_error()
      var tail: UInt64 = 0xDEAD_BEEF_DEAD_BEEF
    }
    var longer = Longer()
    longer.error.struct_size = UInt32(MemoryLayout<Longer>.size)
    var made: OpaquePointer?
    var call = Caller.call()
    let status = withUnsafeMutablePointer(to: &longer) {
      $0.withMemoryRebound(to: headrace_error.self, capacity: 1) {
        table.pointee.factory.pointee.create(&call, nil, headrace_string(), &made, $0)
      }
    }
    #expect(status == HEADRACE_FATAL)
    #expect(longer.tail == 0xDEAD_BEEF_DEAD_BEEF)
    #expect(Int(longer.error.struct_size) == MemoryLayout<headrace_error>.size)
    longer.error.release?(&longer.error)
    #expect(longer.error.release == nil)
  }
}
