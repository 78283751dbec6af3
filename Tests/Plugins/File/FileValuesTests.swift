import Foundation
import Testing

@Suite struct FileValuesTests {
  @Test func csvWithQuotesLineBreaksAndMissingValuesIsReadByRFC4180() throws {
    let files = try FileFixture()
    try files.write(
      "a.csv",
      "\u{feff}id,name,amount,at,day,ok,zip\r\n1,\"A, \"\"B\"\"\nC\",1.5,2024-01-02T03:04:05Z,2024-02-29,true,007\r\n"
        + "\r\n2,\"\",,2024-01-02 03:04:05+02:00,1969-12-31,FALSE,012\n3,,-2,2024-01-02T03:04:05,,,")
    let all = try files.read("a.csv")
    #expect(all.columns == ["id:l", "name:u", "amount:g", "at:tsu:UTC", "day:tdD", "ok:b", "zip:u"])
    #expect(
      all.rows == [
        ["1", "A, \"B\"\nC", "1.5", "1704164645000000", "19782", "true", "007"],
        ["2", "", "NULL", "1704157445000000", "-1", "false", "012"],
        ["3", "NULL", "-2.0", "1704164645000000", "NULL", "NULL", "NULL"],
      ])
    #expect(all.rejects.isEmpty)
  }

  @Test func jsonObjectsAndArraysAreStructuresAndListsAndMixturesAreText() throws {
    let files = try FileFixture()
    try files.write(
      "a.jsonl",
      #"{"id":1,"n":{"a":1,"b":"x"},"l":[1,null],"m":1,"e":"é\ud83d\ude00\n","big":18446744073709551615,"x":0.1}"#
        + "\n" + #" { "m" : {"k": [1 ,2]} , "l" : [ ], "n":null, "x": 1e2,"id" : -9223372036854775808 } "# + "\r\n")
    let all = try files.read("a.jsonl")
    #expect(all.columns == ["id:l", "n:+s<l,u>", "l:+l<l>", "m:u", "e:u", "big:u", "x:g"])
    #expect(
      all.rows == [
        ["1", "{1, x}", "[1, NULL]", "1", "é😀\n", "18446744073709551615", "0.1"],
        ["-9223372036854775808", "NULL", "[]", "{\"k\": [1 ,2]}", "NULL", "NULL", "100.0"],
      ])
    #expect(all.rejects.isEmpty)
  }

  @Test func everyDeclaredTypeIsReadFromJSONAndFromCSV() throws {
    let files = try FileFixture()
    let schema =
      #""schema": {"i": "int", "f": "float", "d": "decimal(8, 2)", "t": "time", "ts": "timestamp", "u": "uuid", "b": "binary"}"#
    let expected = [
      [
        "-5", "1.5", "1234", "45001500000", "0", "107 167 184 16 157 173 17 209 128 180 0 192 79 212 48 200", "104 105",
      ],
      ["7", "0.0", "-1000", "0", "1", "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0", ""],
    ]
    try files.write(
      "a.jsonl",
      #"{"i":-5,"f":1.5,"d":12.34,"t":"12:30:01.5","ts":"1970-01-01T00:00:00","u":"6ba7b810-9dad-11d1-80b4-00c04fd430c8","b":"aGk="}"#
        + "\n"
        + #"{"i":"7","f":0,"d":"-1e1","t":"00:00","ts":"1970-01-01 00:00:00.0000019","u":"00000000000000000000000000000000","b":""}"#
    )
    try files.write(
      "b.csv",
      "b,u,ts,t,d,f,i\naGk,6BA7B810-9DAD-11D1-80B4-00C04FD430C8,1970-01-01,12:30:01.500,12.340,1.5,-5\n"
        + "=,00000000-0000-0000-0000-000000000000,1970-01-01T00:00:00.000001,00:00:00,-10,0,007")
    let json = try files.read("a.jsonl", schema)
    #expect(json.columns == ["i:i", "f:f", "d:d:8,2", "t:ttu", "ts:tsu:", "u:w:16", "b:z"])
    #expect(json.rows == expected)
    #expect(json.rejects.isEmpty)
    let csv = try files.read("b.csv", schema)
    #expect(csv.rows == expected)
    #expect(csv.rejects.isEmpty)
  }

  @Test func onlyTheColumnsOfTheSchemaAreRead() throws {
    let files = try FileFixture()
    try files.write("a.jsonl", #"{"x":{"y":[1,2]},"b":2,"a":1}"# + "\n" + #"{"b":3}"#)
    let schema = #""schema": [{"name": "b", "type": "long", "nullable": false}, {"name": "a", "type": "string"}]"#
    #expect(try files.read("a.jsonl", schema).rows == [["2", "1"], ["3", "NULL"]])
  }

  @Test func filesOfOneStreamMayHaveTheirColumnsInAnyOrder() throws {
    let files = try FileFixture()
    try files.write("x/orders-1.csv", "a,b\n1,x\n")
    try files.write("x/y/orders-2.csv", "b,c,a\nz,2.5,3\n")
    let all = try files.read("x/**/orders-*.csv")
    #expect(all.columns == ["a:l", "b:u", "c:g"])
    #expect(all.rows == [["1", "x", "NULL"], ["3", "z", "2.5"]])
  }

  @Test(arguments: [
    ("orders.csv", "orders"), ("data/orders-*.csv", "orders"), ("orders_*.jsonl.gz", "orders"),
    ("data/**/*.csv", "data"), ("2024-[0-9]-sales.jsonl", "2024-sales"), ("*.csv", "files"), ("a.b.csv", "a_b"),
  ])
  func streamIsNamedByWhatIsConstantInThePath(path: String, name: String) throws {
    let files = try FileFixture()
    for file in ["orders.csv", "data/orders-1.csv", "2024-1-sales.jsonl", "a.b.csv"] { try files.write(file, "") }
    try files.write("orders_1.jsonl.gz", "")
    let plugin = try FilePlugin("{\"path\": \"\(path)\", \"base_directory\": \"\(files.folder.path)\"}", stream: name)
    #expect(try plugin.discover().map(\.name) == [name])
  }

  @Test func gzipOfSeveralMembersTabsAndLatin1AreRead() throws {
    let files = try FileFixture()
    // `printf 'a,b\n1,2\n' | gzip` and `printf '3,4\n' | gzip`, one after the other.
    let packed = "H4sIAAAAAAACA0vUSeIy1DHiAgB7B5cKCAAAAA==", more = "H4sIAAAAAAACAzPWMeECAD4tcqkEAAAA"
    let bytes = [packed, more].compactMap { Data(base64Encoded: $0) }.flatMap { Array($0) }
    try files.write("a.csv.gz", bytes)
    #expect(try files.read("a.csv.gz").rows == [["1", "2"], ["3", "4"]])
    try files.write("t.tsv", "a\tb\n1\tx,y\n")
    #expect(try files.read("t.tsv").rows == [["1", "x,y"]])
    try files.write("l.csv", Array("a\ncaf".utf8) + [0xe9, 0x0a])
    #expect(try files.read("l.csv", #""csv": {"encoding": "iso-8859-1"}"#).rows == [["café"]])
  }

  @Test func emptyFileAndHeaderAloneHaveNoRows() throws {
    let files = try FileFixture()
    try files.write("e.csv", "")
    try files.write("e.jsonl", "")
    try files.write("h.csv", "a,b\n")
    #expect(try files.read("e.csv") == .init())
    #expect(try files.read("e.jsonl") == .init())
    #expect(try files.read("h.csv") == .init(columns: ["a:u", "b:u"], splits: 1))
    #expect(
      try files.plugin("e.csv").discover().first?.notes
        == ["the files have no rows and no header yet: no columns are known"])
  }
}
