import Foundation
import GRDB
import HostGate
import HostLake
import HostModel
import Synchronization
import Testing

/// What becomes of a commit whose catalog is in somebody else's hands, or whose answer is lost.
@Suite struct CatalogGateTests {
  private static let table = TableName(namespace: "a", name: "t")

  @Test func refusalThatDoesNotPassIsNotRepeated() throws {
    let fixture = try LakeFixture()
    let names = Mutex<[String]>([])
    let catalog = try fixture.openCatalog { event in names.withLock { $0.append(event.name) } }
    try Holder(fixture.catalogPath).refuseRows()
    let change = CatalogChange(table: Self.table, expected: nil, location: "file:///1")
    let told = #expect(throws: Failure.self) { try catalog.swap([change]) }
    #expect(told?.kind == .environment && told?.status == .fatal)
    #expect(names.withLock { $0 }.isEmpty)
    #expect(try catalog.location(of: Self.table) == nil)
  }

  /// An error after the commit: what is in the catalog decides, even if somebody else has gone on from there by now.
  @Test func moveWhoseAnswerIsLostIsLookedUp() throws {
    let fixture = try LakeFixture()
    let catalog = try fixture.openCatalog()
    let change = CatalogChange(table: Self.table, expected: nil, location: "file:///1")
    #expect(try catalog.swap([change]))
    try Holder(fixture.catalogPath).refuseRows()
    #expect(try catalog.swap([change]))
    #expect(try catalog.swap([CatalogChange(table: Self.table, expected: "file:///1", location: "file:///2")]))
    #expect(try catalog.swap([change]))
    #expect(throws: Failure.self) {
      try catalog.swap([CatalogChange(table: Self.table, expected: nil, location: "file:///x")])
    }
    #expect(try catalog.location(of: Self.table) == "file:///2")
  }
}

/// Another process's hold on the catalog.
private final class Holder: @unchecked Sendable {
  // Used by one thread at a time.
  private let queue: DatabaseQueue

  init(_ path: String) throws { queue = try DatabaseQueue(path: path) }

  /// Every new row is an error from now on.
  func refuseRows() throws {
    try queue.write { database in
      try database.execute(
        sql: """
          CREATE TRIGGER refuse BEFORE INSERT ON iceberg_tables BEGIN SELECT RAISE(FAIL, 'refused'); END
          """)
    }
  }
}
