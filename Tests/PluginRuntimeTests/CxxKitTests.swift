import Foundation
import HostModel
import HostPluginCalls
import Testing

/// The layer for plugins in C++, by the source that its template makes.
@Suite struct CxxKitTests {
  /// The template's source, with what a plugin's author has added to its class.
  private func load(_ host: TestHost, adding member: String) throws -> LoadedPlugin {
    let template = try String(
      contentsOfFile: Built.root + "/PluginAPI/Templates/cpp/source/plugin.cpp", encoding: .utf8)
    let place = "  void close() noexcept {}\n"
    let text = template.replacingOccurrences(of: "@name@", with: "told")
      .replacingOccurrences(of: place, with: place + member)
    #expect(text.contains(place + member) && !text.contains("@"))
    let library = host.folder.path + "/libtold.so"
    try Built.compile(cxx: text, to: library)
    return try LoadedPlugin(path: library)
  }

  @Test func aSourceThatNeedNotKnowIsNotTold() throws {
    let host = try TestHost()
    #expect(try !load(host, adding: "").isAcknowledged)
  }

  @Test func aSourceWithAcknowledgeIsToldWhatIsDurable() throws {
    let host = try TestHost()
    let plugin = try load(
      host,
      adding: """
          void acknowledge(const Call&, const headrace_split_position& told) {
            if (copy(told.split) == "all" && view(told.position) == "1000" && told.ordinal == 1 && told.is_complete) return;
            throw Error(HEADRACE_NOT_FOUND, "there is no split '" + copy(told.split) + "'");
          }

        """)
    #expect(plugin.isAcknowledged)
    // Told before anything else.
    let source = try SourceInstance(plugin, config: #"{"rows": 1000}"#, context: host.context(), host: host.services)
    func position(_ split: String) -> SplitPosition {
      SplitPosition(split: split, identity: "told", position: Array("1000".utf8), ordinal: 1, isComplete: true)
    }
    try source.acknowledge(position("all"))
    let refused = failure { try source.acknowledge(position("other")) }
    #expect(refused?.message == "plugin 'told': ack: there is no split 'other'")
    #expect(refused?.status == .notFound)
  }
}
