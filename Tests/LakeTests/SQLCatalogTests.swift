import Foundation
import HostLake
import HostModel
import Testing

@Suite struct SQLCatalogTests {
  private static let table = TableName(namespace: "a.b", name: "t")

  @Test func tableIsFoundUntilItsRowIsMoved() throws {
    let fixture = try LakeFixture()
    let catalog = try fixture.openCatalog()
    #expect(try catalog.location(of: Self.table) == nil)
    #expect(try catalog.swap([CatalogChange(table: Self.table, expected: nil, location: "file:///1")]))
    #expect(try !catalog.swap([CatalogChange(table: Self.table, expected: nil, location: "file:///x")]))
    #expect(try !catalog.swap([CatalogChange(table: Self.table, expected: "file:///0", location: "file:///x")]))
    #expect(try catalog.swap([CatalogChange(table: Self.table, expected: "file:///1", location: "file:///2")]))
    #expect(try fixture.openCatalog().location(of: Self.table) == "file:///2")
  }

  @Test func rowsAreThoseThatPyicebergExpects() throws {
    let fixture = try LakeFixture()
    let lake = try fixture.open()
    _ = try lake.create(TableName(namespace: "bronze", name: "t"), schema: LakeFixture.schema)
    let seen = try fixture.python(
      """
      import sqlite3
      rows = sqlite3.connect(folder + "/catalog.db").execute("SELECT * FROM iceberg_tables").fetchall()
      names = [".".join(n) for n in catalog.list_tables("bronze")]
      answer([rows[0][:3], rows[0][5], names, [list(n) for n in catalog.list_namespaces()], catalog.namespace_exists("bronze")])
      """)
    #expect(seen == [["headrace", "bronze", "t"], "TABLE", ["bronze.t"], [["bronze"]], true])
  }

  @Test func oldCatalogWithoutTypeColumnIsUsed() throws {
    let fixture = try LakeFixture()
    try fixture.python(
      """
      import sqlite3
      os.remove(folder + "/catalog.db")
      connection = sqlite3.connect(folder + "/catalog.db")
      connection.execute('''CREATE TABLE iceberg_tables (catalog_name VARCHAR(255) NOT NULL, table_namespace VARCHAR(255)
        NOT NULL, table_name VARCHAR(255) NOT NULL, metadata_location VARCHAR(1000), previous_metadata_location
        VARCHAR(1000), PRIMARY KEY (catalog_name, table_namespace, table_name))''')
      connection.commit()
      """)
    let lake = try fixture.open()
    _ = try lake.commit([LakeFixture.append(try fixture.files([[5]]))])
    #expect(try fixture.ids("bronze.orders") == [5])
  }

  @Test func severalMovesAreOneTransaction() throws {
    let fixture = try LakeFixture()
    let catalog = try fixture.openCatalog()
    let other = TableName(namespace: "a", name: "u")
    #expect(try catalog.swap([CatalogChange(table: Self.table, expected: nil, location: "file:///1")]))
    let changes = [
      CatalogChange(table: Self.table, expected: "file:///1", location: "file:///2"),
      CatalogChange(table: other, expected: "file:///gone", location: "file:///2"),
    ]
    #expect(try !catalog.swap(changes))
    #expect(try catalog.location(of: Self.table) == "file:///1")
    #expect(try catalog.tables() == [Self.table])
  }

  @Test func everyCommitIsSyncedInWriteAheadMode() throws {
    let fixture = try LakeFixture()
    let catalog = try fixture.openCatalog()
    #expect(try catalog.durability() == SQLCatalog.Durability(journal: "wal", synchronous: 2))
  }

  @Test func fileThatIsNoCatalogIsNamed() throws {
    let fixture = try LakeFixture()
    try Data(Array(repeating: UInt8(ascii: "x"), count: 5000)).write(to: URL(fileURLWithPath: fixture.catalogPath))
    let error = #expect(throws: Failure.self) { try fixture.openCatalog() }
    #expect(error?.kind == .environment)
    #expect(error?.message.hasPrefix(fixture.catalogPath) == true)
  }
}
