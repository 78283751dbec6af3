import CHeadrace
import HostModel
@testable import HostPluginCalls
import HostSystem
import Testing

/// What a plugin says of a failure beside its message reaches the operator, wherever its code runs.
@Suite struct ErrorDetailsTests {
  private static let secret = "hunter2hunter2"
  private let folder: TestFolder
  private let library: ScriptedLibrary

  init() throws {
    folder = try TestFolder()
    library = try ScriptedLibrary(in: folder)
  }

  /// How a step of the script ends.
  private func told(_ place: Place, _ step: String) throws -> Failure {
    let host = RealHost(folder, secrets: [Self.secret])
    let source = try SourceInstance(
      library.plugin(in: place), config: #"{"script": {"discover": ["not_found \#(step)"]}}"#,
      context: host.context(), host: host.services)
    return try #require(failure { _ = try source.discover([]) })
  }

  @Test(arguments: Place.allCases) func theyAreToldBehindTheMessageAndWithoutSecrets(_ place: Place) throws {
    let told = try told(place, "message=no detail=is-\(Self.secret)! details=2 vendor_state=28P01")
    #expect(told.details == [.init(key: "a", value: "is-***!"), .init(key: "b", value: "is-***!")])
    #expect(told.description.hasSuffix("discover: no (attempt 1) [28P01] (a=is-***!, b=is-***!)"), "\(told)")
    #expect(try self.told(place, "vendor_code=7").details.isEmpty)
    #expect(library.count("errors") == library.count("errors_released"))
  }

  @Test(arguments: Place.allCases) func whatIsMoreThanAFailureCarriesIsLeftOut(_ place: Place) throws {
    let told = try told(place, "detail=x details=40 detail_bytes=5000")
    #expect(told.details.map(\.key).joined() == "abcdefghijklmnop")
    let kept = "x" + String(repeating: "d", count: 1023) + " ..."
    #expect(told.details.allSatisfy { $0.value == kept })
  }

  /// The secret begins before the end of what is kept, and ends behind it.
  @Test(arguments: Place.allCases, ["detail", "message"])
  func noHalfOfASecretRemainsWhereATextIsCut(_ place: Place, _ what: String) throws {
    let most = what == "detail" ? FailureDetail.mostBytes : HostServices.lineBytes
    let told = try told(place, "\(what)=\(Self.secret) \(what)_bytes=20000 lead=\(most - 5)")
    let text = what == "detail" ? try #require(told.details.first).value : told.message
    #expect(text.contains(what == "detail" ? "ddd***" : "mmm***"), "\(text.suffix(60))")
    #expect(!text.contains("hunt"), "\(text.suffix(60))")
  }

  /// A worker that belongs to somebody else.
  @Test func moreDetailsThanAWorkerSendsAreNoMessage() throws {
    func outcome(_ details: Int) throws -> WorkerOutcome {
      var (sent, writer) = (WorkerOutcome(.notFound), WireWriter())
      sent.details = (0..<details).map { FailureDetail(key: "k\($0)", value: "v") }
      sent.put(&writer)
      var reader = WireReader(writer.bytes)
      return try WorkerOutcome(&reader)
    }
    #expect(try outcome(16).details.last == FailureDetail(key: "k15", value: "v"))
    #expect(failure { _ = try outcome(17) }?.message == "the worker sent what is no message")
  }
}

/// Whoever adds to a failure keeps the rest of it.
@Suite struct FailureKeepingTests {
  private let failure = Failure(
    .environment, "no", advice: "mend it", status: .notFound, details: [.init(key: "line", value: "1\n7")])

  @Test func aFailureToldOfSomethingKeepsAllElse() {
    let told = failure.of("plugin 'p'")
    #expect(told.description == "plugin 'p': no (line=1 7); mend it" && told.details == failure.details)
    #expect(told.kind == .environment && told.status == .notFound)
  }

  /// The caller of a service gets the details as pairs: they do not stand in the message too.
  @Test func aFailureOfTheHostIsFilledInWithItsDetailsOnce() throws {
    var error = headrace_error.empty
    fill(&error, failure)
    let read = conclude(HEADRACE_NOT_FOUND, &error, nil)
    #expect(read.error?.message == "no; mend it" && read.error?.details == [.init(key: "line", value: "1 7")])
    #expect(error.release == nil)
  }
}
