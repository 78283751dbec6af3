import HostModel
import HostPipelines
import Testing

@Suite struct NameTests {
  @Test(arguments: [
    ("bronze.orders", "public.orders", "bronze.orders"),
    ("bronze.{stream.schema}_{stream.name}", "public.orders", "bronze.public_orders"),
    ("bronze.{stream.schema}_{stream.name}", "db.public.orders", "bronze.db_public_orders"),
    ("{pipeline}.{stream.name}", "orders", "shop.orders"),
    ("bronze.{stream.name}", "public.My Orders", "bronze.My_Orders"),
    ("bronze.{stream.name}", "../../etc/passwd", "bronze._etc_passwd"),
    ("bronze.{stream.name}", "public.größe", "bronze.größe"),
    ("bronze.{stream.name}", "public.", "bronze._"),
    ("bronze.{stream.name}", "public.-rf", "bronze._rf"),
  ])
  func templateMakesATableThatStaysInTheWarehouse(_ template: String, _ stream: String, _ expected: String) throws {
    let table = try TableTemplate.parse(template).table(for: StreamID(pipeline: "shop", stream: stream))
    #expect(table.description == expected)
  }

  @Test func partOfANameIsAtMostTwoHundredBytes() throws {
    let template = try TableTemplate.parse("bronze.{stream.name}")
    let fits = StreamID(pipeline: "p", stream: String(repeating: "a", count: 200))
    #expect(try template.table(for: fits).name.count == 200)
    let tooLong = StreamID(pipeline: "p", stream: String(repeating: "a", count: 201))
    #expect(throws: TableTemplate.Mistake.self) { try template.table(for: tooLong) }
  }

  @Test(arguments: [
    ("public.*", "public.orders", true), ("public.*", "private.orders", false), ("*", "", true), ("?", "é", true),
    ("?", "", false), ("a*b*c", "a__b__c", true), ("a*b*c", "a__b__", false), ("orders", "orders", true),
    ("orders", "orders2", false), ("*.csv", "a/b.csv", true), ("**", "x", true),
  ])
  func patternMatches(_ pattern: String, _ name: String, _ expected: Bool) {
    #expect(StreamPattern(pattern).matches(name) == expected)
  }

  @Test func patternOfManyStarsEnds() {
    let pattern = StreamPattern(String(repeating: "*a", count: 200) + "b")
    #expect(!pattern.matches(String(repeating: "a", count: 5000)))
  }

  @Test(arguments: [
    "SELECT * FROM input",
    "SELECT a, amount * 100 AS cents FROM input WHERE status <> 'GROUP BY'",
    "SELECT \"limit\", \"count\", t.limit, limit.x, t.offset AS offset FROM input t -- ORDER BY x\n",
    "SELECT /* LIMIT /* nested */ 5 */ a IS DISTINCT FROM b, a IS NOT DISTINCT FROM b FROM input",
    "SELECT greatest(a, b), list_sum(c), counter(d), $$ sum(x) $$, $t$ count( $t$, E'it\\'s sum(' FROM input",
    "WITH first (a) AS (SELECT 1), last AS (SELECT 2) SELECT a FROM input UNION ALL SELECT b FROM input;",
    "FROM input SELECT a ;;",
    "(SELECT 'a''b' FROM input)",
    "SELECT count FROM input WHERE over > 1",
  ])
  func queryThatLooksAtOneRowAtATimePasses(_ query: String) {
    #expect(BatchQueryRule.firstProblem(in: query) == nil)
  }

  @Test(arguments: [
    ("SELECT a FROM input HAVING a > 1", 20), ("SELECT a FROM input OFFSET 5", 20),
    ("SELECT a FROM input FETCH FIRST 5 ROWS ONLY", 20), ("SELECT a FROM input QUALIFY x", 20),
    ("SELECT a FROM input EXCEPT SELECT b FROM input", 20), ("SELECT a FROM input INTERSECT ALL SELECT 1", 20),
    ("SELECT a FROM input USING SAMPLE 10%", 26), ("SELECT a FROM input TABLESAMPLE 10%", 20),
    ("SELECT (SELECT max(b) FROM input) FROM input", 15), ("SELECT sum (b) FROM input", 7),
    ("WITH RECURSIVE t AS (SELECT 1) SELECT * FROM t", 5), ("PIVOT input ON a", 0),
    ("SELECT f() over w FROM input WINDOW w AS ()", 11), ("SELECT DISTINCT ON (a) b FROM input", 7),
    ("SELECT string_agg(a, ',') FROM input", 7), ("SELECT \"a FROM input", 7), ("SELECT /* a", 7),
  ])
  func queryThatDependsOnTheBatchIsRefusedAtItsPlace(_ query: String, _ offset: Int) {
    #expect(BatchQueryRule.firstProblem(in: query)?.offset == offset)
  }
}
