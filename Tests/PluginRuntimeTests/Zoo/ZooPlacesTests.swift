import Glibc
import HostModel
@testable import HostPluginCalls
@testable import HostPluginRuntime
import HostSystem
import Testing

/// Misbehaviour at every function, exceptions of C++ and traps of Swift, and what becomes of everybody else meanwhile.
@Suite struct ZooPlacesTests {
  struct Case: Sendable, CustomStringConvertible {
    var name: String
    var place: String
    var description: String { "\(name) at \(place)" }

    static func all(_ names: [String], at places: [String]) -> [Case] {
      names.flatMap { name in places.map { Case(name: name, place: $0) } }
    }
  }

  private static let drastic = ["null_dereference", "abort", "exit_0", "stack_overflow", "infinite_loop"]

  private func config(_ item: Case, _ more: String = "") -> String {
    #"{"misbehaviour": "\#(item.name)", "at": "\#(item.place)", "seconds": 600\#(more)}"#
  }

  /// What is called before there is a row ends with a failure that names the function; the host is as it was.
  @Test(arguments: Case.all(drastic, at: ["create", "discover", "splits", "open"]))
  func beforeThereAreRowsItIsToldWhere(item: Case) throws {
    let zoo = try Zoo()
    let failure = try #require(zoo.visit(config(item), timeout: .seconds(1)).failure)
    print("zoo: \(item): \(failure.status?.name ?? "-"): \(failure.message)")
    #expect(failure.message.contains(item.place), "\(failure)")
    #expect([.crashed, .hung, .deadlineExceeded].contains(failure.status), "\(failure)")
    let next = zoo.visit("{}")
    #expect(next.failure == nil && next.rows == Zoo.rows, "\(next)")
  }

  /// Afterwards nothing is owed to anybody: every row was read, and the worker's end costs nobody anything.
  @Test(arguments: Case.all(drastic, at: ["close", "destroy", "release"]))
  func afterTheLastRowItCostsNothing(item: Case) throws {
    let zoo = try Zoo()
    let visit = zoo.visit(config(item), timeout: .seconds(1))
    print("zoo: \(item): \(visit.rows) rows, \(visit.told)")
    #expect(visit.failure == nil && visit.rows == Zoo.rows || item.place == "release", "\(visit)")
    let next = zoo.visit("{}")
    #expect(next.failure == nil && next.rows == Zoo.rows, "\(next)")
  }

  @Test(arguments: Case.all(drastic, at: ["bind", "apply"]))
  func aTransformThatDoesNotComeBackIsTold(item: Case) throws {
    let zoo = try HostileTransform("zoo", library: "libheadrace-test-zoo.so")
    let failure = try #require(zoo.visit(config(item, #", "every": true"#), timeout: .seconds(1)).failure)
    #expect(failure.message.contains(item.place), "\(failure)")
    #expect([.crashed, .hung, .deadlineExceeded].contains(failure.status), "\(failure)")
    #expect(zoo.visit("{}").rows == HostileTransform.rows)
  }

  /// A host that is only looking at a library runs it in a child.
  @Test(arguments: Case.all(["null_dereference", "abort", "exit_0"], at: ["negotiate", "get_extension"]))
  func aProbeThatDiesRefusesTheLibrary(item: Case) throws {
    let folder = try TestFolder()
    chmod(folder.path, 0o755)
    let files = SystemFiles()
    try files.replaceDurably(
      folder.path + "/zoo.yaml",
      Array(
        "manifest: 1\nname: zoo\nversion: 1.0.0\nkinds: [source]\nlibrary: libheadrace-test-zoo.so\n".utf8))
    let registry = try PluginRegistry(
      folders: [folder.path], files: files, spawner: MisledSpawner(config(item)), executable: Built.headrace,
      store: folder.path + "/store")
    let plugin = try registry.installed("zoo", at: SourcePlace(file: "zoo", line: 1, column: 1))
    let failure = try #require(throws: Failure.self) { _ = try registry.load(plugin) }
    #expect(failure.message.contains("when it was loaded"), "\(failure)")
  }

  private struct MisledSpawner: ProcessSpawner {
    let config: String
    init(_ config: String) { self.config = config }

    func run(_ request: ProcessRequest) throws(Failure) -> ProcessResult {
      var request = request
      request.environment["HEADRACE_ZOO"] = config
      return try SystemSpawner().run(request)
    }
  }

  /// Exceptions that leave a plugin end its worker, whoever would have to catch them.
  @Test(
    arguments: Case.all(
      [
        "throw_error", "throw_no_memory", "throw_number", "throw_unknown", "throw_from_destructor", "throw_in_thread",
        "terminate",
      ], at: ["create", "bind", "apply"]))
  func anExceptionCostsTheWorker(item: Case) throws {
    let zoo = try HostileTransform("zoo-throws", library: "libheadrace-test-zoo-throws.so")
    let visit = zoo.visit(config(item).replacing(#", "seconds": 600"#, with: ""))
    print("zoo: \(item): \(visit.rows) rows, \(visit.told)")
    // It happens once in an instance: a worker in its place may do the work.
    if let failure = visit.failure { #expect(failure.status == .crashed, "\(failure)") }
    #expect(visit.failure != nil || visit.rows == HostileTransform.rows)
    #expect(zoo.visit("{}").rows == HostileTransform.rows)
  }

  private static let traps = [
    "integerOverflow", "arrayBounds", "forceUnwrap", "forceTry", "forceCast", "failedPrecondition", "fatalErrorCalled",
    "divisionByZero", "endlessRecursion", "unownedGone", "exclusivityViolation", "negativeRange",
    "dictionaryOfDuplicates", "misalignedLoad", "spinning", "sleeping", "exiting", "foreignError",
  ]

  @Test(arguments: Case.all(traps, at: ["create", "bind", "apply"]))
  func aTrapOfSwiftCostsTheWorker(item: Case) throws {
    let zoo = try HostileTransform("zoo-swift", library: "libheadrace-test-zoo-swift.so")
    let config = #"{"misbehaviour": "\#(item.name)", "at": "\#(item.place)"}"#
    let visit = zoo.visit(config, timeout: .seconds(1))
    print("zoo: \(item): \(visit.told)")
    let failure = try #require(visit.failure, "\(visit)")
    let expected: [Status?] =
      switch item.name {
      case "foreignError": [.fatal]
      case "spinning", "sleeping": [.hung, .deadlineExceeded]
      default: [.crashed]
      }
    #expect(expected.contains(failure.status) && failure.message.contains(item.place), "\(failure)")
    #expect(zoo.visit("{}").rows == HostileTransform.rows)
  }

  /// Beside each misbehaviour another pipeline of the same host reads on, in a worker of its own.
  @Test func everyOtherPipelineGoesOn() throws {
    let zoo = try Zoo()
    let lanes = SystemLanes()
    let (reads, failures, isOver) = (Shared(0), Shared<[String]>([]), Shared(false))
    let lane = try lanes.start("neighbour") {
      guard let neighbour = try? Zoo() else { return failures.change { $0.append("there is no neighbour") } }
      while !isOver.current {
        let visit = neighbour.visit("{}")
        if visit.failure != nil || visit.rows != Zoo.rows { failures.change { $0.append("\(visit)") } }
        reads.change { $0 += 1 }
      }
    }
    var stalled: [String] = []
    let items = Zoo.items.filter { $0.places.contains("read") }
    for item in items {
      let before = reads.current
      _ = zoo.visit(
        #"{"misbehaviour": "\#(item.name)", "at": "read", "after": 3, "seconds": 2}"#, timeout: .milliseconds(500))
      // One read may have been under way: the next one is whole.
      let end = SystemClock().now().advanced(by: .seconds(120))
      while reads.current < before + 2, SystemClock().now() < end { usleep(2_000) }
      if reads.current < before + 2 { stalled.append(item.name) }
    }
    isOver.change { $0 = true }
    lane.join()
    print("zoo: beside \(items.count) misbehaviours a neighbour read \(Zoo.rows) rows \(reads.current) times")
    #expect(stalled.isEmpty && failures.current.isEmpty, "\(stalled) \(failures.current)")
  }
}
