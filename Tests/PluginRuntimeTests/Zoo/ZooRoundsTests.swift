import Foundation
import HostModel
@testable import HostPluginRuntime
import Testing

/// Two hundred rounds of each misbehaviour in one host: its memory, descriptors and children are what they were. It takes
/// half an hour, so only `HEADRACE_SOAK=1` runs it.
@Suite(.serialized) struct ZooRoundsTests {
  private static let isSoak = ProcessInfo.processInfo.environment["HEADRACE_SOAK"] == "1"
  private static let rounds = 200

  /// What the kernel says of this process.
  private struct Footprint: CustomStringConvertible {
    var kilobytes: Int
    var descriptors: Int
    var children: Int
    var description: String { "\(kilobytes) kB, \(descriptors) descriptors, \(children) children" }

    static var now: Footprint {
      let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
      let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") } ?? ""
      let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
      return Footprint(
        kilobytes: line.split(separator: " ").compactMap { Int($0) }.first ?? 0,
        descriptors: (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0,
        children: tasks.reduce(0) { count, task in
          let text = try? String(contentsOfFile: "/proc/self/task/\(task)/children", encoding: .utf8)
          return count + (text?.split(separator: " ").count ?? 0)
        })
    }
  }

  @Test(.enabled(if: isSoak)) func twoHundredRoundsOfEachLeaveTheHostAsItWas() throws {
    let zoo = try Zoo(permissions: "{memory: 512MiB, open_files: 256}")
    // What takes a second by its nature takes an hour in two hundred rounds of all of them: it is told apart.
    let items = Zoo.items.filter { $0.places.contains("read") && $0.subject != "hangs" }
    for item in items {
      let config = #"{"misbehaviour": "\#(item.name)", "at": "read", "after": 1, "seconds": 1, "rows": 500}"#
      let began = Date()
      visit(zoo, config)
      // What waits by its nature would take hours; WorkerTests and ZooTests have it.
      let milliseconds = Int(Date().timeIntervalSince(began) * 1000)
      guard milliseconds < 200 else {
        print("zoo: \(item) is left out: a round takes \(milliseconds) ms")
        continue
      }
      for _ in 0..<Self.rounds / 10 { visit(zoo, config) }
      let early = Footprint.now
      for _ in 0..<Self.rounds { visit(zoo, config) }
      let late = Footprint.now
      print("zoo: \(Self.rounds) rounds of \(item): \(early), then \(late)")
      #expect(late.kilobytes <= early.kilobytes + early.kilobytes / 20, "\(item): \(early), then \(late)")
      #expect(
        late.descriptors <= early.descriptors && late.children <= early.children, "\(item): \(early), then \(late)")
    }
  }

  /// What the test itself keeps of a round would look like growth.
  private func visit(_ zoo: Zoo, _ config: String) {
    _ = zoo.visit(config, timeout: .milliseconds(500))
    zoo.host.lines.change { $0 = [] }
    zoo.host.events.change { $0 = [] }
  }
}
