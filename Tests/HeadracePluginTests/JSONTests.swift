import HeadracePlugin
import Testing

@Suite struct JSONTests {
  @Test func valuesOfEveryKind() throws {
    let text = #" {"a": [1, -2.5e1, true, null, "x\n\u00e9\ud83d\ude00\/"], "b": {}, "c": 9223372036854775808} "#
    let json = try JSON(parsing: text)
    #expect(json["a"] == .array([.integer(1), .double(-25), .bool(true), .null, .string("x\né😀/")]))
    #expect(json["b"] == .object([]))
    #expect(json["c"] == .double(9_223_372_036_854_775_808))
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\":1,}", "01", "1.", ".5", "+1", "1e", "nul", "\"\\x\"", "\"\\ud800\"", "\"\u{1}\"", "\"a",
    "{\"a\":1,\"a\":2}", "1 2", "{a:1}", "1e999", "-", "[1 2]", String(repeating: "[", count: 65),
  ])
  func whatIsNotJSONIsRefused(text: String) {
    #expect(throws: PluginError.self) { _ = try JSON(parsing: text) }
  }

  @Test(arguments: [(63, true), (64, true), (65, false)])
  func nestingIsBounded(depth: Int, isAllowed: Bool) {
    let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    #expect(((try? JSON(parsing: text)) != nil) == isAllowed)
  }

  @Test func errorsNameThePlace() throws {
    let failure = #expect(throws: PluginError.self) { _ = try JSON(parsing: "{\n  \"a\": x}") }
    #expect(failure?.message == "the configuration is not JSON: line 2, column 8: a value was expected")
    let configuration = try Configuration(parsing: #"{"rules": [{"min": 1}, {"min": "x"}], "n": 1.5}"#)
    let wrong = #expect(throws: PluginError.self) { _ = try configuration.list("rules")[1].double("min") }
    #expect(wrong?.message == "rules[1].min: a number was expected, and this is a string")
    #expect(wrong?.status == .invalidConfig)
    let missing = #expect(throws: PluginError.self) { _ = try configuration.list("rules")[0].string("name") }
    #expect(missing?.message == "rules[0]: 'name' is missing")
    let fraction = #expect(throws: PluginError.self) { _ = try configuration.integer("n") }
    #expect(fraction?.message == "n: a whole number was expected, and this is a number")
    #expect(try configuration.integer("absent", default: 7) == 7)
  }
}
