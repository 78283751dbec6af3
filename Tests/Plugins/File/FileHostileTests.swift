import CHeadrace
import Foundation
import Testing

/// What is wrong with a record rejects this record and no other; what is wrong with a file ends the call. Either with
/// the place, the cause and the bytes.
@Suite struct FileHostileTests {
  struct Case: CustomStringConvertible, Sendable {
    var name: String
    var content: [UInt8]
    var options = ""
    var rows: Int
    var rejects: [String]
    var description: String { name }

    init(_ name: String, _ content: String, _ options: String = "", rows: Int, _ rejects: [String]) {
      (self.name, self.content, self.options) = (name, Array(content.utf8), options)
      (self.rows, self.rejects) = (rows, rejects)
    }
  }

  /// A declared schema, so that a bad value does not make its column text.
  static let schema = #""schema": {"id": "long", "x": "double", "at": "timestamptz", "d": "decimal(5, 2)"}"#

  static let records: [Case] = [
    Case(
      "short.csv", "a,b\n1,2\n3\n4,5,6\n", rows: 1,
      [
        "short.csv:3 | the record has 1 field, and the header 2",
        "short.csv:4 | the record has 3 fields, and the header 2",
      ]),
    Case(
      "quote.csv", "a,b\n1,x\"y\n2,\"x\"y\n3,z\n", rows: 1,
      [
        "quote.csv:2 | a quote within a field that does not begin with one",
        "quote.csv:3 | text between a closing quote and the next delimiter",
      ]),
    Case(
      "open.csv", "a,b\n1,\"x\n2,y\n3,z", rows: 2,
      [
        "open.csv:2 | the quote that is opened here is never closed"
      ]),
    Case("lines.csv", "a,b\n1,\"x\n\n\"\nbad\n", rows: 1, ["lines.csv:5 | the record has 1 field, and the header 2"]),
    Case(
      "values.csv", "id,x,at,d\n9223372036854775808,,,\n1,1e400,,\n2,,2024-02-30,\n3,,,1000\n4,twelve,,\n5,1,,0.25\n",
      schema, rows: 1,
      [
        "values.csv:2 | column 'id': '9223372036854775808' is not a long",
        "values.csv:3 | column 'x': '1e400' is not a double",
        "values.csv:4 | column 'at': '2024-02-30' is not a timestamptz",
        "values.csv:5 | column 'd': '1000' is not a decimal(5, 2)",
        "values.csv:6 | column 'x': 'twelve' is not a double",
      ]),
    Case(
      "zeros.csv", "zip\n12\n007\n", #""inference": {"rows": 1}"#, rows: 1,
      [
        "zeros.csv:3 | column 'zip': '007' is not a long"
      ]),
    Case(
      "syntax.jsonl",
      "{\"id\":1\n{\"id\":1,}\n{\"id\":01}\nnope\n[1]\n{\"id\":1} x\n{id:1}\n{\"id\":1.}\n{\"id\":tru}\n",
      schema, rows: 0,
      [
        "syntax.jsonl:1:8 | not valid JSON: expected ',' or '}'",
        "syntax.jsonl:2:9 | not valid JSON: expected a key in quotes",
        "syntax.jsonl:3:7 | not valid JSON: a number must not begin with 0",
        "syntax.jsonl:4:1 | not valid JSON: expected a value",
        "syntax.jsonl:5 | '[1]' is not a JSON object",
        "syntax.jsonl:6:10 | not valid JSON: expected nothing after the object",
        "syntax.jsonl:7:2 | not valid JSON: expected a key in quotes",
        "syntax.jsonl:8:9 | not valid JSON: expected a digit after the point",
        "syntax.jsonl:9:7 | not valid JSON: expected a value",
      ]),
    Case(
      "text.jsonl", "{\"s\":\"\\ud800\"}\n{\"s\":\"\\x\"}\n{\"s\":\"a\tb\"}\n{\"s\":\"open}\n{\"s\":\"ok\"}\n",
      #""schema": {"s": "string"}"#, rows: 1,
      [
        "text.jsonl:1:6 | not valid JSON: the string has an escape that is none",
        "text.jsonl:2:6 | not valid JSON: the string has an escape that is none",
        "text.jsonl:3:8 | not valid JSON: a control character in a string must be escaped",
        "text.jsonl:4:12 | not valid JSON: the string is not closed",
      ]),
    Case(
      "fields.jsonl",
      "{\"id\":1,\"id\":2}\n{\"id\":\"six\"}\n{\"id\":9.5}\n{\"id\":true}\n{\"id\":99999999999999999999}\n",
      schema, rows: 0,
      [
        "fields.jsonl:1 | the key 'id' comes twice", "fields.jsonl:2 | column 'id': 'six' is not a long",
        "fields.jsonl:3 | column 'id': '9.5' is not a long", "fields.jsonl:4 | column 'id': 'true' is not a long",
        "fields.jsonl:5 | column 'id': '99999999999999999999' is not a long",
      ]),
    Case(
      "nested.jsonl", "{\"n\":{\"a\":[1,\"q\"]}}\n{\"n\":[]}\n{\"n\":{\"a\":{}}}\n{\"n\":{\"a\":[2]}}\n",
      #""schema": {"n": "struct<a: list<long>>"}"#, rows: 1,
      [
        "nested.jsonl:1 | column 'n.a[]': 'q' is not a long",
        "nested.jsonl:2 | column 'n': '[]' is not a struct<a: list<long>>",
        "nested.jsonl:3 | column 'n.a': '{}' is not a list<long>",
      ]),
    Case(
      "unknown.jsonl", "{\"id\":1,\"y\":2}\n{\"id\":2}\n", #""unknown_fields": "reject", "schema": {"id": "long"}"#,
      rows: 1, ["unknown.jsonl:1 | the key 'y' is not a column"]),
    Case(
      "null.jsonl", "{\"id\":null}\n{}\n{\"id\":1}\n",
      #""schema": [{"name": "id", "type": "long", "nullable": false}]"#, rows: 1,
      [
        "null.jsonl:1 | column 'id' has no value, and is declared as not nullable",
        "null.jsonl:2 | column 'id' has no value, and is declared as not nullable",
      ]),
  ]

  @Test(arguments: records)
  func badRecordIsRejectedAloneWithItsPlaceAndReason(_ hostile: Case) throws {
    let files = try FileFixture()
    try files.write(hostile.name, hostile.content)
    let all = try files.read(hostile.name, hostile.options)
    #expect(all.rejects == hostile.rejects)
    #expect(all.rows.count == hostile.rows)
  }

  @Test func bytesThatAreNotUTF8RejectTheirRecord() throws {
    let files = try FileFixture()
    try files.write(
      "a.jsonl", Array(#"{"s":"é"}"#.utf8) + [10] + Array(#"{"s":""#.utf8) + [0xff] + Array("\"}\n{}".utf8))
    let all = try files.read("a.jsonl")
    #expect(all.rejects == ["a.jsonl:2 | not UTF-8: byte 0xff at position 7 of the record"])
    #expect(all.rows == [["é"], ["NULL"]])
    try files.write("b.csv", Array("s\nx\n".utf8) + [0xc3, 0x0a] + Array("y\n".utf8))
    let csv = try files.read("b.csv")
    #expect(csv.rejects == ["b.csv:3 | not UTF-8: byte 0xc3 at position 1 of the record"])
    #expect(csv.rows == [["x"], ["y"]])
  }

  @Test func recordBeyondTheLimitIsRejectedWithItsBeginningAndReadingGoesOn() throws {
    let files = try FileFixture()
    let long = String(repeating: "x", count: 3_000_000)
    try files.write("a.jsonl", "{\"a\":1}\n{\"a\":\"\(long)\"}\n{\"a\":2}\n")
    let plugin = try files.plugin("a.jsonl", #""max_record_bytes": 1000000, "inference": {"rows": 1}"#)
    let split = try #require(try plugin.splits().first)
    let batches = try plugin.read(split)
    #expect(batches.flatMap(\.rows) == [["1"], ["2"]])
    let reject = try #require(batches.flatMap(\.rejects).first)
    #expect(reject.place == "a.jsonl:2")
    #expect(reject.reason == "the record is longer than 1000000 bytes; raise 'max_record_bytes' to read it")
    #expect(reject.record.count == 65_536)
    #expect(batches.contains { $0.isRecordCut })
  }

  @Test(arguments: [
    ("no.csv", "", HEADRACE_NOT_FOUND, "cannot open 'no.csv': No such file or directory"),
    (
      "folder.csv", "", HEADRACE_INVALID_CONFIG,
      "cannot read 'folder.csv': Is a directory; to read what is in it, write 'folder.csv/*'"
    ),
    (
      "wide.csv", "", HEADRACE_UNSUPPORTED,
      "'wide.csv' is UTF-16 or UTF-32, which is not supported; convert it to UTF-8, for example with `iconv -t UTF-8`"
    ),
    (
      "z.csv", "", HEADRACE_UNSUPPORTED,
      "'z.csv' is compressed with zstd, which is not supported; use gzip or unpack it"
    ),
    (
      "cut.csv.gz", "", HEADRACE_TRUNCATED,
      "'cut.csv.gz' ends in the middle of its gzip data, after 20 bytes; is the file complete?"
    ),
    ("bad.csv.gz", "", HEADRACE_BAD_RECORD, "'bad.csv.gz' is not valid gzip: invalid block type near byte 11"),
    (
      "a.txt", "", HEADRACE_INVALID_CONFIG,
      "cannot tell the format of 'a.txt' from its name; set 'format' to csv or jsonl"
    ),
    (
      "a.csv", #""schema": {"a": "long", "q": "long"}, "missing_columns": "fail""#, HEADRACE_BAD_RECORD,
      "the header of 'a.csv' lacks the column 'q' of the schema"
    ),
    (
      "a.csv", #""schema": {"q": "long"}, "unknown_fields": "reject""#, HEADRACE_BAD_RECORD,
      "the header of 'a.csv' has the column 'a', which the schema has not"
    ),
    (
      "a.csv", #""schema": {"a": "lng"}"#, HEADRACE_INVALID_CONFIG,
      "column 'a': 'lng' is not a type; write one of boolean, int, long, float, double, decimal(P, S), date, time, "
        + "timestamp, timestamptz, string, uuid, binary, list<T>, struct<name: T, ...>"
    ),
    (
      "a.csv", #""csv": {"delimiter": "\"", "quote": "\""}"#, HEADRACE_INVALID_CONFIG,
      "'csv.delimiter' and 'csv.quote' must differ"
    ),
  ])
  func unreadableFileEndsTheCallWithItsCause(path: String, options: String, status: Int32, message: String) throws {
    let files = try FileFixture()
    try files.write("folder.csv/x", "")
    try files.write("wide.csv", [0xff, 0xfe, 0x61, 0x00])
    try files.write("z.csv", [0x28, 0xb5, 0x2f, 0xfd, 0x00])
    try files.write(
      "cut.csv.gz", Data(base64Encoded: "H4sIAAAAAAACA0vUSeIy1DHiAgB7B5cKCAAAAA==")?.prefix(20).map { $0 } ?? [])
    try files.write("bad.csv.gz", [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xff, 0xff, 0xff, 0xff])
    try files.write("a.txt", "a")
    try files.write("a.csv", "a\n1\n")
    let failure = try #require(files.failure(path, options))
    #expect(failure.message == message)
    #expect(failure.status == status)
    #expect(failure.code == (path == "no.csv" ? 2 : path == "folder.csv" ? 21 : 0))
  }

  @Test func patternWithoutFilesNamesItselfAndTheFolderLookedIn() throws {
    let files = try FileFixture()
    try files.write("data/x.txt", "")
    let folder = files.folder.appendingPathComponent("data").resolvingSymlinksInPath().path
    #expect(
      files.failure("data/*.csv")
        == .init(status: HEADRACE_NOT_FOUND, message: "no file matches 'data/*.csv'; looked in '\(folder)'"))
  }

  @Test(.enabled(if: geteuid() != 0, "root may read everything"))
  func fileWithoutPermissionIsRefused() throws {
    let files = try FileFixture()
    try files.write("a.csv", "a\n1\n")
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: files.path("a.csv"))
    #expect(
      files.failure("a.csv")
        == .init(status: HEADRACE_PERMISSION_DENIED, message: "cannot open 'a.csv': Permission denied", code: 13))
  }

  @Test func cancelledCallAndCallBeyondItsDeadlineEnd() throws {
    let files = try FileFixture()
    try files.write("a.csv", "a\n1\n")
    let plugin = try files.plugin("a.csv")
    let split = try #require(try plugin.splits().first)
    plugin.isCancelled = true
    #expect(throws: FilePlugin.Failure(status: HEADRACE_CANCELLED, message: "cancelled by the host")) {
      _ = try plugin.read(split)
    }
    plugin.isCancelled = false
    plugin.deadline = 999
    #expect(
      throws: FilePlugin.Failure(status: HEADRACE_DEADLINE_EXCEEDED, message: "the deadline of the call has passed")
    ) { _ = try plugin.splits() }
    plugin.deadline = .max
    #expect(try plugin.read(split).flatMap(\.rows) == [["1"]])
  }

  @Test func unknownStreamsAndIncrementalReadsAreRefused() throws {
    let files = try FileFixture()
    try files.write("a.csv", "a\n1\n")
    let plugin = try files.plugin("a.csv")
    #expect(try plugin.discover("*").count == 1)
    #expect(try plugin.discover("x*").isEmpty)
    #expect(
      throws: FilePlugin.Failure(
        status: HEADRACE_NOT_FOUND, message: "there is no stream 'x'; the files are the stream 's'")
    ) { _ = try plugin.discover("x") }
    #expect(
      throws: FilePlugin.Failure(
        status: HEADRACE_UNSUPPORTED,
        message: "files have no cursor to be read by; use `read: new_files` or `read: full`")
    ) { _ = try plugin.splits(read: HEADRACE_READ_INCREMENTAL) }
  }
}
