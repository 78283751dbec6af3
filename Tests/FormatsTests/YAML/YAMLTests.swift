import HostFormats
import HostModel
import Testing

@Suite struct YAMLTests {
  private func root(_ text: String) throws -> YAMLNode {
    let document = YAMLDocument.parse(text, file: "t.yaml")
    #expect(document.diagnostics.map(\.description) == [])
    return try #require(document.root)
  }

  private func messages(_ text: String, _ limits: YAMLLimits = YAMLLimits()) -> [String] {
    YAMLDocument.parse(text, file: "t.yaml", limits: limits).diagnostics.map(\.description)
  }

  private func place(_ line: Int, _ column: Int) -> SourcePlace {
    SourcePlace(file: "t.yaml", line: line, column: column)
  }

  @Test func everyKeyAndValueHasItsPlaceInCharacters() throws {
    let tree = try root("ключ: [é, {b: 'x'}]\n\nsecond:\n  - |\n    text\n")
    #expect(tree.entries?.map(\.keyPlace) == [place(1, 1), place(3, 1)])
    #expect(tree["ключ"]?.place == place(1, 7))
    #expect(tree["ключ"]?.items?.map(\.place) == [place(1, 8), place(1, 11)])
    #expect(tree["ключ"]?.items?[1]["b"]?.place == place(1, 15))
    #expect(tree["second"]?.items?[0].place == place(4, 5))
  }

  @Test func byteOrderMarkMovesNothing() throws {
    let document = YAMLDocument.parse([0xEF, 0xBB, 0xBF] + Array("a: b".utf8), file: "t.yaml")
    #expect(document.root?["a"]?.place == place(1, 4))
  }

  @Test func stylesAreKept() throws {
    let tree = try root("- a\n- 'b'\n- \"c\"\n- |\n  d\n- >\n  e\n  f\n")
    let scalars = tree.items?.compactMap(\.scalar) ?? []
    #expect(scalars.map(\.style) == [.plain, .singleQuoted, .doubleQuoted, .literal, .folded])
    #expect(scalars.map(\.text) == ["a", "b", "c", "d\n", "e f\n"])
  }

  @Test(arguments: [
    ("", YAMLScalar.Value.null), ("~", .null), ("null", .null), ("NULL", .null), ("nUll", .string("nUll")),
    ("true", .bool(true)), ("False", .bool(false)), ("yes", .string("yes")), ("off", .string("off")),
    ("0", .int(0)), ("-7", .int(-7)), ("+7", .int(7)), ("007", .int(7)), ("0x1F", .int(31)), ("0o17", .int(15)),
    ("0x", .string("0x")), ("0o8", .string("0o8")), ("-0x1", .string("-0x1")), ("1_000", .string("1_000")),
    ("9223372036854775807", .int(.max)), ("-9223372036854775808", .int(.min)),
    ("9223372036854775808", .outOfRange("9223372036854775808")),
    ("0xFFFFFFFFFFFFFFFF", .outOfRange("0xFFFFFFFFFFFFFFFF")), ("1.5", .float(1.5)), ("1.", .float(1)),
    (".5", .float(0.5)), ("-.5e3", .float(-500)), ("1e3", .float(1000)), ("1.e-1", .float(0.1)), (".", .string(".")),
    ("e5", .string("e5")), ("1e", .string("1e")), ("1.2.3", .string("1.2.3")), (".inf", .float(.infinity)),
    ("-.INF", .float(-.infinity)), ("inf", .string("inf")), ("12:30", .string("12:30")),
    ("2026-01-01", .string("2026-01-01")), ("+", .string("+")), ("0x1p3", .string("0x1p3")),
  ])
  func plainTextMeansWhatTheCoreSchemaSays(_ text: String, _ value: YAMLScalar.Value) {
    #expect(YAMLScalar.resolve(text) == value)
  }

  @Test func quotesAndTagsMakeText() throws {
    let tree = try root("- '5'\n- \"true\"\n- !!str 5\n- ! 5\n- !!float 5\n- !!int 0x10\n")
    let values = tree.items?.compactMap { $0.scalar?.value } ?? []
    #expect(values == [.string("5"), .string("true"), .string("5"), .string("5"), .float(5), .int(16)])
  }

  @Test func aliasHasThePlacesOfWhatItNames() throws {
    let tree = try root("a: &x {k: 1}\nb: *x\n&key c: 2\nd: *key\n")
    #expect(tree["b"]?["k"]?.place == place(1, 11))
    #expect(tree["d"]?.scalar?.text == "c")
  }

  @Test func aliasOfAScalarMayBeAKey() throws {
    let tree = try root("a: &x name\n*x : 1\n")
    #expect(tree["name"]?.scalar?.value == .int(1))
    #expect(messages("a: &x [1]\n*x : 1\n") == ["t.yaml:2:1: a list cannot be a key"])
  }

  @Test func depthIsBoundedAtItsLimit() {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(messages(nested(63)) == [])
    #expect(messages(nested(64)) == [])
    #expect(messages(nested(65)) == ["t.yaml:1:65: nested deeper than 64 levels"])
    #expect(messages(nested(100_000)) == ["t.yaml:1:65: nested deeper than 64 levels"])
    #expect(messages(String(repeating: "- ", count: 65) + "x") == ["t.yaml:1:129: nested deeper than 64 levels"])
  }

  @Test func depthIsBoundedThroughAliases() {
    let text = "a: &a " + String(repeating: "[", count: 40) + String(repeating: "]", count: 40) + "\nb: "
    let tail = String(repeating: "[", count: 23) + "*a" + String(repeating: "]", count: 23)
    #expect(messages(text + tail) == [])
    #expect(messages(text + "[" + tail + "]") == ["t.yaml:2:28: nested deeper than 64 levels"])
  }

  @Test func nodesAreBoundedAtTheirLimit() {
    var limits = YAMLLimits()
    limits.maximumNodes = 4
    #expect(messages("[1, 2, 3]", limits) == [])
    #expect(messages("[1, 2, 3, 4]", limits) == ["t.yaml:1:1: the file has more than 4 values"])
    limits.maximumNodes = 100
    limits.maximumAliasNodes = 6
    #expect(messages("[&a [1, 2], *a, *a]", limits) == [])
    #expect(messages("[&a [1, 2], *a, *a, *a]", limits) == ["t.yaml:1:21: aliases expand to more than 6 values"])
  }

  @Test func bytesAreBoundedAtTheirLimit() {
    var limits = YAMLLimits()
    limits.maximumBytes = 4
    #expect(messages("a: b", limits) == [])
    #expect(messages("a: bc", limits) == ["t.yaml: the file has 5 bytes, the limit is 4"])
  }

  @Test func longFilesAreReadQuickly() throws {
    let list = "a:\n" + (0..<50_000).map { "- x\($0)\n" }.joined()
    #expect(try root(list)["a"]?.items?.count == 50_000)
    let mapping = (0..<50_000).map { "k\($0): 1\n" }.joined()
    #expect(try root(mapping).entries?.count == 50_000)
  }

  @Test(arguments: [
    ("plain: abc", 2, 1, 10), ("single: 'a''b'", 2, 1, 13), ("double: \"a\\n\\u00e9b\"", 3, 1, 19),
    ("double: \"a \\\n   b\"", 2, 2, 4), ("literal: |\n    ab\n    cd\n", 4, 3, 6), ("literal: |2\n    ab\n", 2, 2, 5),
    ("folded: >-\n  ab\n  cd\n", 3, 3, 3), ("plain: ab\n   cd\n", 3, 2, 4), ("tagged: !!str &a 'xy'", 1, 1, 20),
    ("anchor: &a xy", 1, 1, 13),
  ])
  func characterOfAScalarHasItsPlace(_ text: String, _ offset: Int, _ line: Int, _ column: Int) throws {
    let node = try #require(try root(text).entries?.first?.value)
    #expect(node.scalar?.place(ofOffset: offset, from: node.place) == place(line, column))
  }
}
