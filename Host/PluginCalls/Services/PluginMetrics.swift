package import HostFormats
import Synchronization

/// What plugins count and measure of themselves, over all their instances of this process. From any thread.
package final class PluginMetrics: Sendable {
  /// What one plugin told.
  package struct Told: Sendable, Equatable {
    /// Sums over all instances, also those that are gone. They stop at the ends of 64 bits.
    package var counters: [String: Int64] = [:]
    /// The latest value that any instance set.
    package var gauges: [String: Double] = [:]
    /// Reports that were left out: of a name that is none, of one name too many, or of a value that is no number.
    package var dropped: Int64 = 0

    package init() {}
  }

  /// The most names of an instance. The names of all instances of a plugin share a limit too: instances come and go.
  static let namesOfAnInstance = 64
  static let namesOfAPlugin = 256

  private let state = Mutex<[String: Told]>([:])

  package init() {}

  /// By plugin.
  package var current: [String: Told] { state.withLock { $0 } }

  /// Whether a name is one by the rules of `headrace.metrics/1`.
  static func isName(_ name: String) -> Bool {
    let allowed = name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
    return allowed && !name.isEmpty && name.utf8.count <= 128
  }

  func add(_ amount: Int64, to name: String, of plugin: String) {
    change(plugin, name) { told in
      let (sum, overflow) = told.counters[name, default: 0].addingReportingOverflow(amount)
      told.counters[name] = overflow ? (amount > 0 ? .max : .min) : sum
    }
  }

  func set(_ name: String, to value: Double, of plugin: String) {
    guard value.isFinite else { return drop(of: plugin) }
    change(plugin, name) { $0.gauges[name] = value }
  }

  func drop(of plugin: String) { state.withLock { $0[plugin, default: Told()].dropped += 1 } }

  private func change(_ plugin: String, _ name: String, _ body: (inout Told) -> Void) {
    state.withLock { state in
      let told = state[plugin, default: Told()]
      let isKnown = told.counters[name] != nil || told.gauges[name] != nil
      guard isKnown || told.counters.count + told.gauges.count < Self.namesOfAPlugin else {
        state[plugin, default: Told()].dropped += 1
        return
      }
      body(&state[plugin, default: Told()])
    }
  }

  /// A list of `{plugin, counters, gauges, dropped}`, by plugin and name.
  package var json: JSONValue {
    .array(
      current.sorted { $0.key < $1.key }.map { plugin, told in
        [
          "plugin": .string(plugin), "counters": Self.object(told.counters) { .integer($0) },
          "gauges": Self.object(told.gauges) { .double($0) }, "dropped": .integer(told.dropped),
        ]
      })
  }

  private static func object<V>(_ values: [String: V], _ json: (V) -> JSONValue) -> JSONValue {
    .object(JSONObject(values.sorted { $0.key < $1.key }.map { ($0.key, json($0.value)) }))
  }
}
