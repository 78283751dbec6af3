import HostModel
import TestSupport
import Testing

/// What `init` writes has to pass `validate`, whatever the source calls its columns and tables.
@Suite struct InitTests {
  private func withRunner(_ body: (HostileRunner) throws -> Void) throws {
    let runner = try HostileRunner()
    defer { runner.remove() }
    try body(runner)
  }

  @Test func filesGiveAFileWithTheirColumnsThatRuns() throws {
    try withRunner { runner in
      try runner.write("id,created_at,amount\n1,2026-01-02T03:04:05Z,1.5\n", to: "data/orders-1.csv")
      let written = try runner.run(["init", "--from", "data/*.csv", "--name", "shop"])
      #expect(written.exit == .code(0))
      #expect(
        written.output == [
          "wrote shop.yaml: 1 stream, 3 columns", "next:   headrace validate shop.yaml",
          "then:   headrace preview shop.yaml",
        ])
      let text = try runner.read("shop.yaml")
      #expect(text.contains("    path: \"data/*.csv\"\n"))
      #expect(text.contains("    #   created_at: timestamptz\n"))
      #expect(text.contains("      # partition: [\"day(created_at)\"]\n"))
      #expect(try runner.run(["validate", "shop.yaml"]).output == ["shop.yaml: valid"])
      #expect(try runner.run(["run", "shop.yaml"]).exit == .code(0))
    }
  }

  @Test func linesOfCommentThatAreTakenAwayLeaveAFileThatPasses() throws {
    try withRunner { runner in
      try runner.write("id,\"a: b\",created_at,on\n1,x,2026-01-02T03:04:05Z,true\n", to: "data.csv")
      #expect(try runner.run(["init", "--from", "data.csv", "p.yaml"]).exit == .code(0))
      let text = try runner.read("p.yaml")
      let opened = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
        let isSchema = line.hasPrefix("    # schema:") || line.hasPrefix("    #   ")
        guard isSchema || line.hasPrefix("      # partition:") else { return String(line) }
        let indent = line.prefix { $0 == " " }
        return String(indent) + String(line.dropFirst(indent.count + 2))
      }.joined(separator: "\n")
      #expect(opened != text)
      try runner.write(opened, to: "p.yaml")
      let checked = try runner.run(["validate", "p.yaml"])
      #expect(checked.errors == [])
      #expect(checked.output == ["p.yaml: valid"])
      #expect(try runner.run(["run", "p.yaml"]).exit == .code(0))
    }
  }

  @Test func fileInAnotherFolderFindsTheDataFromThere() throws {
    try withRunner { runner in
      try runner.write("id\n1\n", to: "data/x.csv")
      try runner.write("", to: "pipelines/.keep")
      #expect(try runner.run(["init", "--from", "data/x.csv", "pipelines/p.yaml"]).exit == .code(0))
      #expect(try runner.run(["validate", "pipelines/p.yaml"]).output == ["pipelines/p.yaml: valid"])
    }
  }

  @Test func templateIsValidBeforeThereIsData() throws {
    try withRunner { runner in
      let written = try runner.run(["init"])
      #expect(written.output.first == "wrote pipeline.yaml")
      #expect(try runner.run(["validate", "pipeline.yaml", "--offline"]).output == ["pipeline.yaml: valid"])
    }
  }

  @Test func fileThatIsThereIsLeftAsItIs() throws {
    try withRunner { runner in
      try runner.write("mine", to: "p.yaml")
      let refused = try runner.run(["init", "p.yaml"])
      #expect(refused.exit == .code(2))
      #expect(
        refused.errors == ["headrace: p.yaml: is already there, and init replaces nothing; name another file"])
      #expect(try runner.read("p.yaml") == "mine")
    }
  }

  @Test func databaseGivesAFileWithoutItsConnectionString() throws {
    let server = try PostgresServer.shared.get()
    let database = "init_" + String(UInt32.random(in: 0 ... .max), radix: 36)
    try server.database(
      database,
      """
      CREATE TABLE orders (id int PRIMARY KEY, created_at timestamptz, "say: what" text);
      CREATE TABLE "odd ""name"" # 1" (a int);
      CREATE TABLE "a b" (a int);
      CREATE TABLE "a_b" (a int);
      """)
    try withRunner { runner in
      let dsn = "postgres://postgres:\(HostileRunner.secret)@127.0.0.1:\(server.port)/\(database)"
      let written = try runner.run(["init", "--from", dsn, "shop.yaml", "--name", "shop", "--output", "json"])
      #expect(written.errors == [])
      #expect(written.output.first?.contains("\"environment\":[\"SHOP_DSN\"]") == true)
      let text = try runner.read("shop.yaml")
      #expect(!text.contains(HostileRunner.secret))
      #expect(text.contains("    dsn: \"${env:SHOP_DSN}\"\n"))
      #expect(text.contains("    - name: public.orders   # 3 columns, key id"))
      let checked = try runner.run(["validate", "shop.yaml"], environment: ["SHOP_DSN": dsn])
      #expect(checked.exit == .code(0))
      #expect(try runner.run(["run", "shop.yaml"], environment: ["SHOP_DSN": dsn]).exit == .code(0))
    }
  }
}
