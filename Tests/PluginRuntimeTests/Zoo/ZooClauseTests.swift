import Glibc
import HostModel
@testable import HostPluginCalls
@testable import HostPluginRuntime
import HostSystem
import TestSupport
import Testing

/// The checker fails each of the zoo's misbehaviours by the right clause.
@Suite struct ZooClauseTests {
  /// A line of clauses.txt.
  struct Case: Sendable {
    var item: String
    var kind: String
    var place: String
    var after: String
    var tried: String
    /// One of these; nil where no clause finds it, because it is lawful.
    var found: [String]?
    var reason: String

    init?(_ line: Substring) {
      let words = line.split(separator: " ", maxSplits: 6).map(String.init)
      guard words.count >= 6, !line.hasPrefix("#") else { return nil }
      (item, kind, place, after, tried) = (words[0], words[1], words[2], words[3], words[4])
      found = words[5] == "-" ? nil : words[5].split(separator: "/").map(String.init)
      reason = words.count > 6 ? words[6] : ""
    }
  }

  private static let cases: [Case] = {
    let path =
      String(#filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()) + "/Plugins/Zoo/clauses.txt"
    let text = (try? SystemFiles().read(path, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return text.split(separator: "\n").compactMap { Case($0) }
  }()

  @Test func eachMisbehaviourHasALine() {
    let named = Self.cases.map(\.item)
    #expect(Set(named).count == named.count)
    #expect(Set(named) == Set(Zoo.items.map(\.name)))
    #expect(Self.cases.count { $0.found == nil } <= 10)
    for lawful in Self.cases where lawful.found == nil { #expect(lawful.reason.count > 8, "\(lawful.item)") }
  }

  @Test func theCheckerFindsEachByTheRightClause() throws {
    try checkAll(Self.cases)
  }

  /// What takes processor time, and what comes a while after its call, beside threads that leave each processor a fifth of the
  /// time. Other tests would suffer, so that only `HEADRACE_SOAK=1` runs it.
  @Test(.enabled(if: HeadraceInstallation.isSoak)) func aBusyMachineChangesNoVerdict() throws {
    let names = [
      "crash_in_thread", "leak_memory", "host_after_destroy", "call_after_return", "input_after_return",
      "change_after_return", "infinite_loop",
    ]
    let cases = Self.cases.filter { names.contains($0.item) }
    #expect(cases.count == names.count)
    let isOver = Shared(false)
    let spinners = try (0..<4 * Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))).map { number in
      try SystemLanes().start("spin-\(number)") {
        while !isOver.current {}
      }
    }
    defer {
      isOver.change { $0 = true }
      for spinner in spinners { spinner.join() }
    }
    for _ in 0..<3 { try checkAll(cases) }
  }

  private func checkAll(_ cases: [Case]) throws {
    let folder = try TestFolder()
    chmod(folder.path, 0o755)
    let wrong = Shared<[String]>([])
    let queue = Shared(cases[...])
    // Two at a time: most of the time is spent on waiting for what hangs.
    let lanes = SystemLanes()
    let handles = try (0..<2).map { number in
      try lanes.start("check-\(number)") {
        while let item = queue.change({ $0.popFirst() }) {
          do {
            let found = try self.check(item, in: "\(folder.path)/\(item.item)")
            let isRight = item.found.map { !$0.filter(found.broken.contains).isEmpty } ?? found.broken.isEmpty
            if !isRight {
              let told = found.entries.map { "\($0.clause) \($0.outcome) \($0.evidence)" }
              wrong.change { $0.append("\(item.item): expected \(item.found ?? []), found \(told)") }
            }
          } catch { wrong.change { $0.append("\(item.item): \(error)") } }
        }
      }
    }
    for handle in handles { handle.join() }
    let told = wrong.current
    print("zoo: \(cases.count) misbehaviours tried, \(told.count) not found by their clause")
    #expect(told.isEmpty, "\(told.joined(separator: "\n"))")
  }

  private func check(_ item: Case, in folder: String) throws -> CheckReport {
    let files = SystemFiles()
    try files.createDirectory(folder)
    chmod(folder, 0o755)
    // Before there is a configuration the environment is one.
    let isEarly = ["negotiate", "init", "deinit", "get_extension", "get_format"].contains(item.place)
    let manifest = """
      manifest: 1
      name: zoo
      version: 1.0.0
      kinds: [\(item.kind)]
      library: libheadrace-test-zoo.so
      permissions: {memory: 2GiB, env: [HEADRACE_ZOO]}

      """
    try files.replaceDurably(folder + "/zoo.yaml", Array(manifest.utf8))
    let settings = "{misbehaviour: \(item.item), at: \(item.place), after: \(item.after), seconds: 20}"
    let check = """
      check: 1
      patience: 1s
      config: \(isEarly ? "{}" : settings)
      input: {id: long, animal: string, weight: double}

      """
    let early = "{\"misbehaviour\": \"\(item.item)\", \"at\": \"\(item.place)\", \"seconds\": 20}"
    let registry = try PluginRegistry(
      folders: [folder], files: files, spawner: SystemSpawner(),
      environment: isEarly ? ["HEADRACE_ZOO": early] : [:], executable: Built.headrace, store: folder + "/store")
    let plugin = try registry.installed("zoo", at: SourcePlace(file: "zoo", line: 1, column: 1))
    return try PluginCheck(
      registry, spawner: SystemSpawner(), file: try CheckFile.parse(Array(check.utf8), file: "check.yaml"), seed: 1,
      parent: getpid()
    ).run(plugin, only: [item.tried])
  }
}
