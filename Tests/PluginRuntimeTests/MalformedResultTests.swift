import HostModel
@testable import HostPluginCalls
import Testing

/// What a plugin returns is not believed: each breach is refused, named, and the end of the instance.
@Suite struct MalformedResultTests {
  @Test(arguments: [
    ("children", "the batch has 1 buffers and 1 children as a struct<id: long, name: string>"),
    ("null_child", "the batch lacks its child 0"),
    ("length", "the batch has length -4 and offset 0"),
    ("offset", "column 'name' has length 10 and offset 9223372036854775807"),
    ("short_column", "column 'name' has 9 values where its parent has 10"),
    ("buffers", "column 'name' has 2 buffers and 0 children as a string"),
    ("missing_offsets", "column 'name' lacks its buffer 1"),
    ("validity", "column 'name' has nulls and no validity"),
    ("null_rows", "the batch has rows that are null"),
    ("released", "the batch is released"),
  ])
  func malformedArrayIsRefusedNamingTheColumn(_ how: String, _ what: String) throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let source = try host.source(library, #"{"script": {"read": ["ok malform=\#(how)"]}}"#)
    let reader = try source.firstReader()
    let told = failure { _ = try reader.read() }
    #expect(told?.message == "plugin 'scripted': read: the plugin returned a malformed Arrow array: \(what)")
    #expect(told?.status == .fatal && told?.kind == .run)
    #expect(!source.isUsable)
    #expect(library.count("batches_released") == 1)
    // The plugin's own release may trip over what it broke itself: only an array that still is one is counted.
    if !["children", "null_child"].contains(how) { #expect(library.count("arrays_released") == 1) }
  }

  @Test(arguments: [
    ("rejects=2 malform=reject_size", "it returned rejects whose struct_size is 8 instead of 64"),
    ("rejects=2 malform=reject_null", "it returned 2 rejects, of which 0 is NULL"),
    ("malform=reject_count", "it returned 18446744073709551615 rejects, which is no sensible number"),
    ("position_bytes=16385", "it returned a position of 16385 bytes; 16 KiB is the most"),
    ("ordinal=0", "it returned the ordinal 0 after 0: ordinals grow"),
  ])
  func brokenDescriptionOfABatchIsRefused(_ step: String, _ what: String) throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let reader = try host.source(library, #"{"script": {"read": ["ok \#(step)"]}}"#).firstReader()
    let told = failure { _ = try reader.read() }
    #expect(told?.message == "plugin 'scripted': read: \(what)" && told?.status == .fatal)
    #expect(library.count("arrays_released") == 1 && library.count("batches_released") == 1)
  }

  @Test func positionThatGoesBackwardIsRefused() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let reader = try host.source(
      library, #"{"batch_rows": 2, "script": {"read": ["ok ordinal=7", "ok ordinal=7"]}}"#
    ).firstReader()
    #expect(try reader.read()?.ordinal == 7)
    #expect(
      failure { _ = try reader.read() }?.message
        == "plugin 'scripted': read: it returned the ordinal 7 after 7: ordinals grow")
  }

  @Test(arguments: [
    ("discover", "ok struct_size=12", "it returned streams whose struct_size is 12 instead of 160"),
    ("splits", "ok struct_size=12", "it returned splits whose struct_size is 12 instead of 72"),
    ("splits", "ok same_ids", "it returned two splits of one id"),
    ("open", "ok twice", "two columns are named 'id'"),
    ("open", "ok no_schema", "the schema of '' is empty"),
  ])
  func brokenAnswerOfASourceIsRefused(_ function: String, _ step: String, _ what: String) throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let source = try host.source(library, #"{"n_splits": 2, "script": {"\#(function)": ["\#(step)"]}}"#)
    let told = failure {
      _ = try source.discover([])
      _ = try source.firstReader()
    }
    #expect(told?.message == "plugin 'scripted': \(function): \(what)" && told?.status == .fatal)
    #expect(library.count("lists") == library.count("lists_released"))
    #expect(library.count("readers") == library.count("readers_closed"))
  }

  @Test func structureOfAnotherVersionIsReadAsFarAsBothSidesKnowIt() {
    struct Older {
      var size: UInt32 = 8
      var kept: UInt32 = 7
      var unknownToThem: UInt64 = 0xDEAD
    }
    let read = withUnsafeBytes(of: Older()) {
      readSized($0.baseAddress, as: Older.self, minimum: 8)
    }
    #expect(read?.kept == 7 && read?.unknownToThem == 0)
    let refused = withUnsafeBytes(of: Older()) { readSized($0.baseAddress, as: Older.self, minimum: 16) }
    #expect(refused == nil)
  }
}
