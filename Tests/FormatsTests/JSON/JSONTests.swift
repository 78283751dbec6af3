import HostFormats
import TestSupport
import Testing

@Suite struct JSONTests {
  @Test func documentKeepsKeyOrderAndExactNumbers() throws {
    let text =
      #"{"z":9223372036854775807,"a":-9223372036854775808,"big":9223372036854775808,"f":1.50,"e":-0,"n":null}"#
    let value = try JSONValue.parse(text)
    #expect(value.objectValue?.keys == ["z", "a", "big", "f", "e", "n"])
    #expect(value["z"] == .integer(.max))
    #expect(value["a"] == .integer(.min))
    #expect(value["big"] == .number("9223372036854775808"))
    #expect(value["f"] == .number("1.50"))
    #expect(value["e"] == .number("-0"))
    #expect(value.text() == text)
  }

  @Test func stringEscapesRoundTrip() throws {
    let value = try JSONValue.parse(#""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\u0000é""#)
    #expect(value.stringValue == "a\"\\/\u{8}\u{c}\n\r\té😀\0é")
    #expect(try JSONValue.parse(value.serialized()) == value)
  }

  @Test func prettyLayoutIsIndentedAndParsesBack() throws {
    let value: JSONValue = ["a": [1, 2], "b": [:], "c": ["d": "x"]]
    #expect(
      value.text(.pretty) == """
        {
          "a": [
            1,
            2
          ],
          "b": {},
          "c": {
            "d": "x"
          }
        }
        """)
    #expect(try JSONValue.parse(value.text(.pretty)) == value)
  }

  @Test(arguments: [
    ("", "1:1: the document ends where a value was expected"),
    ("{\n  \"é\": x}", "2:8: expected a value"),
    ("[1,]", "1:4: expected a value"),
    ("{\"a\":1,\"a\":2}", "1:8: the key \"a\" occurs twice"),
    ("01", "1:2: a number does not begin with 0"),
    ("1.", "1:3: expected a digit"),
    ("\"\\ud800x\"", "1:2: half of a surrogate pair"),
    ("\"abc", "1:1: the string has no closing quote"),
    ("\"a\u{1}\"", "1:3: a control character in a string has to be escaped"),
    ("tru", "1:1: expected 'true'"),
    ("1 2", "1:3: unexpected text after the end of the document"),
    ("{1:2}", "1:2: expected a key in double quotes"),
    ("{\"a\" 1}", "1:6: expected ':' after the key \"a\""),
  ])
  func mistakeIsToldWithItsPlace(text: String, message: String) {
    let error = #expect(throws: JSONError.self) { try JSONValue.parse(text) }
    #expect(error?.description == message)
  }

  @Test func nestingBeyondTheBoundIsRefused() throws {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: JSONError.self) { try JSONValue.parse(deep) }
    let fine = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
    _ = try JSONValue.parse(fine)
  }

  @Test func invalidUTF8IsRefused() {
    let error = #expect(throws: JSONError.self) { try JSONValue.parse([0x22, 0xC3, 0x28, 0x22]) }
    #expect(error?.offset == 0)
  }

  @Test func largeObjectFindsReplacesAndRemovesMembers() {
    var object = JSONObject()
    for number in 0..<1000 { object["k\(number)"] = .integer(Int64(number)) }
    object["k500"] = "replaced"
    object["k0"] = nil
    #expect(object.count == 999)
    #expect(object["k500"] == "replaced")
    #expect(object["k0"] == nil)
    #expect(object["k999"] == 999)
    #expect(object.keys.first == "k1")
  }

  @Test func damagedDocumentNeverTraps() throws {
    let seed = TestSeed.of(1)
    print("seed \(seed)")
    var random = Mutator(seed: seed)
    let whole = Array(#"{"a":[1,-2.5e3,"x\u00e9\ud83d\ude00",null,true,{"b":{}}],"c":"é"}"#.utf8)
    var refused = 0
    for _ in 0..<20_000 {
      do {
        let value = try JSONValue.parse(random.damaged(whole))
        #expect(try JSONValue.parse(value.serialized()) == value)
      } catch {
        refused += 1
      }
    }
    #expect(refused > 1000)
  }
}
