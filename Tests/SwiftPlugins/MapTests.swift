import CArrow
import CHeadrace
import Testing

@testable import HeadracePlugin

@Suite struct MapTests {
  static var orders: Table {
    var table = Table()
    table.add("id", longs: [1, 2, 3, 4, 5])
    table.add("amount", strings: ["10.50", "-3", nil, "twelve", "99999999999"])
    table.add("status", strings: ["paid", "cancelled", "paid", nil, "new"])
    table.add("day", dates: [19782, 19783, 19784, nil, 19786])
    return table
  }

  private func map(_ config: String, _ table: Table = orders) throws -> TransformDriver.Result {
    try TransformDriver("headrace-map", config: config, input: table.schema).apply(table)
  }

  private func message(_ config: String, _ table: Table = orders) -> String {
    do {
      _ = try map(config, table)
      return "no error"
    } catch let failure as CallFailure {
      #expect(failure.status == HEADRACE_INVALID_CONFIG)
      return failure.message
    } catch { return "\(error)" }
  }

  @Test func renameAndDropHandTheBuffersOnUncopied() throws {
    let table = Self.orders
    let driver = try TransformDriver(
      "headrace-map", config: #"{"rename": {"id": "order_id"}, "drop": ["status"]}"#, input: table.schema)
    #expect(driver.output.fields.map(\.name) == ["order_id", "amount", "day"])
    var array = table.export()
    let before = array.children[0]?.pointee.buffers[1]
    var batch = try driver.run(&array)
    #expect(array.release == nil)
    #expect(batch.array.children[0]?.pointee.buffers[1] == before)
    #expect(batch.array.n_children == 3)
    batch.array.release(&batch.array)
    batch.release(&batch)
  }

  @Test func selectSetsTheOrderAndAddAppends() throws {
    let config = #"{"select": ["status", "id"], "add": {"origin": "shop", "rank": 7, "rate": 0.5, "live": true}}"#
    let result = try map(config)
    #expect(result.lines[0] == #"{"status":"paid","id":1,"origin":"shop","rank":7,"rate":0.5,"live":true}"#)
    #expect(result.lines.count == 5)
  }

  @Test(arguments: [
    ("id > 3", [4, 5]), ("id >= 3 and id < 5", [3, 4]), ("status = 'paid'", [1, 3]),
    ("status != 'paid'", [2, 5]), ("not status = 'paid'", [2, 5]), ("status is null", [4]),
    ("status is not null and day is null", []), ("id in (1, 4, 9)", [1, 4]), ("id not in (1, 4, 9)", [2, 3, 5]),
    ("id = 1.5", []), ("id < 2.5", [1, 2]), ("id > 2.5", [3, 4, 5]), ("id != 1.5", [1, 2, 3, 4, 5]),
    ("day >= '2024-03-01'", [2, 3, 5]), ("'paid' = status or 4 <= id", [1, 3, 4, 5]),
    ("status = 'paid' or id = 4", [1, 3, 4]), ("(id = 1 or id = 2) and not id = 1", [2]),
    ("\"id\" <> 2 AND status <= 'new'", [5]), ("id > 99999999999999999999", []),
    ("id > -99999999999999999999", [1, 2, 3, 4, 5]),
  ]) func filterKeepsRowsThatAreSurelyWanted(filter: String, expected: [Int]) throws {
    let escaped = filter.replacing("\"", with: "\\\"")
    let result = try map(#"{"filter": "\#(escaped)", "select": ["id"]}"#)
    #expect(result.lines == expected.map { #"{"id":\#($0)}"# })
  }

  @Test func castRejectsWhatDoesNotFitAndKeepsTheRest() throws {
    let result = try map(#"{"cast": {"amount": "int", "id": "string"}, "drop": ["status", "day"]}"#)
    #expect(result.lines == [#"{"id":"2","amount":-3}"#, #"{"id":"3","amount":null}"#])
    #expect(result.rejects.map(\.row) == [0, 3, 4])
    #expect(
      result.rejects.map(\.reason)
        == [
          "column 'amount': '10.50' is not a int", "column 'amount': 'twelve' is not a int",
          "column 'amount': '99999999999' is not a int",
        ].map { $0.replacing("a int", with: "an int") })
    #expect(result.rejects[0].record == #"{"id":1,"amount":"10.50","status":"paid","day":"2024-02-29"}"#)
  }

  @Test func rejectsAfterAFilterNameTheRowsOfTheInput() throws {
    let result = try map(#"{"filter": "id >= 2", "cast": {"amount": "decimal(5,2)"}, "select": ["amount", "id"]}"#)
    #expect(result.rejects.map(\.row) == [3, 4])
    #expect(result.lines == [#"{"amount":-3.00,"id":2}"#, #"{"amount":null,"id":3}"#])
  }

  @Test(arguments: [
    ("int", "2147483647", "2147483647"), ("int", "2147483648", nil), ("int", "-2147483648", "-2147483648"),
    ("long", "9223372036854775807", "9223372036854775807"), ("long", "9223372036854775808", nil),
    ("long", " 7 ", "7"), ("long", "7.0", nil), ("long", "", nil), ("long", "-", nil),
    ("double", "1e3", "1000.0"), ("double", "0x10", nil), ("double", "12345678901234567890", "1.2345678901234567e+19"),
    ("double", "-0.1", "-0.1"), ("float", "1e39", nil), ("decimal(4,2)", "99.99", "99.99"),
    ("decimal(4,2)", "99.990", "99.99"),
    ("decimal(4,2)", "99.999", nil), ("decimal(4,2)", "100", nil), ("boolean", "Yes", "true"), ("boolean", "2", nil),
    ("date", "2024-02-29", #""2024-02-29""#), ("date", "2023-02-29", nil), ("date", "0001-01-01", #""0001-01-01""#),
    ("timestamp", "2024-02-29 23:59:59.5", #""2024-02-29T23:59:59.5""#), ("timestamp", "2024-02-29T23:59:59Z", nil),
    ("timestamptz", "2024-03-01T01:00:00+02:00", #""2024-02-29T23:00:00Z""#),
    ("timestamptz", "2024-03-01", #""2024-03-01T00:00:00Z""#),
    ("time", "24:00", nil), ("time", "23:59:59.000001", #""23:59:59.000001""#),
    ("uuid", "6BA7B810-9dad-11d1-80b4-00c04fd430c8", #""6ba7b810-9dad-11d1-80b4-00c04fd430c8""#),
    ("uuid", "6ba7b810", nil),
  ]) func textBecomesTheTypeOrAReject(type: String, text: String, expected: String?) throws {
    var table = Table()
    table.add("x", strings: [text])
    let result = try map(#"{"cast": {"x": "\#(type)"}}"#, table)
    #expect(result.lines == (expected.map { [#"{"x":\#($0)}"#] } ?? []))
    #expect(result.rejects.count == (expected == nil ? 1 : 0))
  }

  @Test func numbersBecomeOtherNumbersIfTheyFitExactly() throws {
    var table = Table()
    table.add("a", longs: [2_147_483_647, 2_147_483_648, nil])
    table.add("b", doubles: [3, 3.5, nil])
    table.add("c", doubles: [0.1, 1e-7, 2])
    let config = #"{"cast": {"a": "int", "b": "long", "c": "decimal(10,7)"}}"#
    let result = try map(config, table)
    #expect(result.lines == [#"{"a":2147483647,"b":3,"c":0.1000000}"#, #"{"a":null,"b":null,"c":2.0000000}"#])
    #expect(result.rejects.map(\.reason) == ["column 'a': '2147483648' is not an int"])
  }

  @Test func mistakesNameColumnAndPlace() {
    #expect(
      message(#"{"filter": "amont > 0"}"#) == """
        filter, character 1: there is no column 'amont'; the columns are 'id', 'amount', 'status', 'day'
        """)
    #expect(
      message(#"{"filter": "id > 0 and status > 5"}"#) == """
        filter, character 21: column 'status' is a string and cannot be compared with 5
        """)
    #expect(
      message(#"{"filter": "id > "}"#) == """
        filter, character 6: a number, a 'text', true or false was expected, and this is the end
        """)
    #expect(message(#"{"filter": "id >= 3)"}"#).hasPrefix("filter, character 8: 'and', 'or' or the end was expected"))
    #expect(message(#"{"filter": "status = 'x"}"#) == "filter, character 10: a quote that does not end")
    #expect(message(#"{"cast": {"id": "date"}}"#) == "cast: column 'id' is a long, which cannot become a date")
    #expect(message(#"{"cast": {"id": "number"}}"#).hasPrefix("cast.id: 'number' is not a type; the types are boolean"))
    #expect(message(#"{"drop": ["id"], "cast": {"id": "int"}}"#) == "cast: the column 'id' is not kept")
    #expect(message(#"{"rename": {"id": "day"}}"#) == "two columns would be named 'day'")
    #expect(message(#"{"drop": ["id", "amount", "status", "day"]}"#) == "no column would be left")
    #expect(message(#"{"renam": {}}"#).hasPrefix("there is no key 'renam'; the keys are filter"))
  }

  @Test func aSliceIsReadFromItsOffset() throws {
    let table = Self.orders
    let driver = try TransformDriver(
      "headrace-map", config: #"{"filter": "id != 4", "drop": ["amount"]}"#, input: table.schema)
    let result = try driver.apply(table, slice: 2)
    #expect(
      result.lines == [
        #"{"id":3,"status":"paid","day":"2024-03-02"}"#, #"{"id":5,"status":"new","day":"2024-03-04"}"#,
      ])
  }

  @Test func aWrongBatchLeavesTheInputWithTheHost() throws {
    let table = Self.orders
    let driver = try TransformDriver("headrace-map", config: "{}", input: table.schema)
    var fewer = table
    fewer.columns.removeLast()
    var array = fewer.export()
    #expect(throws: CallFailure.self) { _ = try driver.run(&array) }
    #expect(array.release != nil)
    array.release(&array)
    // The failure was fatal: the instance is poisoned.
    var right = table.export()
    defer { right.release?(&right) }
    #expect(throws: CallFailure.self) { _ = try driver.run(&right) }
  }
}
