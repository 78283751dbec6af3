import HostFormats
import HostModel
import HostNotifications
import Testing

@Suite struct NotificationSectionTests {
  private func read(_ text: String) throws -> (targets: [NotificationTarget], mistakes: [String]) {
    let document = YAMLDocument.parse(text, file: "p.yaml")
    #expect(document.diagnostics.isEmpty)
    var mistakes = YAMLMistakes()
    let root = try #require(document.root)
    let targets = YAMLType<[NotificationTarget]>.notificationTargets.read(root, &mistakes)
    return (targets ?? [], mistakes.all.map(\.description))
  }

  @Test func targetsAreReadInTheOrderOfTheFileWithTheirDefaults() throws {
    let (targets, mistakes) = try read(
      """
      pager: {webhook: "https://alerts.example.com/v1/T0/B0/x?k=1", headers: {Authorization: "Bearer abc"}}
      mail:
        command: [/usr/local/bin/mail-ops, --to, ops]
        timeout: 30s
        repeat_after: 0s
        burst: 3
        interval: 5m
      """)
    #expect(mistakes == [])
    #expect(targets.map(\.name) == ["pager", "mail"])
    #expect(targets.map(\.dependency.description) == ["notify@alerts.example.com:443", "notify@mail-ops"])
    #expect(targets[0].timeout == .seconds(10) && targets[0].ledger == NotificationLedger.Configuration())
    #expect(targets[0].ledger.repeatAfter == .seconds(14_400) && targets[0].ledger.burst == 20)
    #expect(targets[0].ledger.interval == .seconds(60))
    #expect(targets[1].timeout == .seconds(30) && targets[1].ledger.repeatAfter == .zero)
    #expect(targets[1].ledger.burst == 3 && targets[1].ledger.interval == .seconds(300))
    #expect(
      targets[1].destination == .command(executable: "/usr/local/bin/mail-ops", arguments: ["--to", "ops"]))
  }

  @Test(
    arguments: [
      ("a: {}", ["p.yaml:1:4: missing 'webhook' or 'command'"]),
      (
        "a: {webhook: 'http://h/', command: [/bin/true]}",
        ["p.yaml:1:36: a target is either a webhook or a command, make two targets of it"]
      ),
      ("a: {command: [/bin/true], headers: {X: y}}", ["p.yaml:1:36: a command has no headers"]),
      (
        "a b: {webhook: 'http://h/'}",
        [
          "p.yaml:1:1: expected the name of a notification target of letters, digits, '_' and '-', found the text 'a b'"
        ]
      ),
      ("[x]", ["p.yaml:1:1: expected a mapping of notification targets, found a list"]),
      ("a: s3cret", ["p.yaml:1:4: expected a mapping, found the text 's3cret'"]),
      ("a: {webhok: x, webhook: 'http://h/'}", ["p.yaml:1:5: unknown key 'webhok', did you mean 'webhook'?"]),
      (
        "a: {webhook: 's3cret'}",
        [
          "p.yaml:1:14: this is not the URL of a webhook: it has to begin with https:// or http://"
        ]
      ),
      (
        "a: {webhook: 'ftp://s3cret/'}",
        [
          "p.yaml:1:14: this is not the URL of a webhook: its scheme is neither https nor http"
        ]
      ),
      ("a: {webhook: 'http://u:s3cret@:99999999/'}", nil),
      ("a: {webhook: 'http://h:99999/s3cret'}", nil),
      ("a: {webhook: 123456}", ["p.yaml:1:14: expected text, found a value that is not shown, put it in quotes"]),
      ("a: {webhook: [s3cret]}", ["p.yaml:1:14: expected text, found a list"]),
      (
        "a: {webhook: 'http://h/', headers: {X-Pin: 123456}}",
        [
          "p.yaml:1:44: expected text, found a value that is not shown, put it in quotes"
        ]
      ),
      (
        "a: {webhook: 'http://h/', headers: s3cret}",
        [
          "p.yaml:1:36: expected a mapping of headers, found a value that is not shown"
        ]
      ),
      ("a: {webhook: 'http://h/', headers: {'X Y': s3cret}}", ["p.yaml:1:37: this is not the name of a header"]),
      (
        "a: {webhook: 'http://h/', headers: {X: \"s3cret\\r\\nY: z\"}}",
        [
          "p.yaml:1:37: the value of 'X' has a line break or another control character"
        ]
      ),
      ("a: {webhook: 'http://h/', headers: {X: a, x: b}}", ["p.yaml:1:43: the header 'x' comes twice"]),
      (
        "a: {webhook: 'http://h/', headers: {content-Type: b}}",
        [
          "p.yaml:1:37: the header 'content-Type' is the notifier's own"
        ]
      ),
      ("a: {command: []}", ["p.yaml:1:14: expected a program and at most 999 arguments, found 0 entries"]),
      (
        "a: {command: mail s3cret}",
        [
          "p.yaml:1:14: expected a list of a program and its arguments, found a value that is not shown, "
            + "no shell reads it: write [/path/to/program, argument]"
        ]
      ),
      (
        "a: {command: [mail, s3cret]}",
        [
          "p.yaml:1:15: the program has to be named by its whole path, begin it with '/'"
        ]
      ),
      (
        "a: {command: [/bin/mail, 123456]}",
        [
          "p.yaml:1:26: expected text, found a value that is not shown, put it in quotes"
        ]
      ),
      (
        "a: {webhook: 'http://h/', timeout: 10}",
        [
          "p.yaml:1:36: expected a duration such as 30s, found the number 10, did you mean '10s'?"
        ]
      ),
      (
        "a: {webhook: 'http://h/', burst: 0}",
        [
          "p.yaml:1:34: expected a whole number from 1 to 1000, found the number 0"
        ]
      ),
      ("a: {webhook: 'http://h/', interval: 10ms}", ["p.yaml:1:37: expected a duration from 1s to 1d"]),
    ] as [(String, [String]?)])
  func mistakeIsToldWithItsPlace(_ text: String, _ expected: [String]?) throws {
    let (targets, mistakes) = try read(text)
    #expect(targets.isEmpty || !mistakes.isEmpty)
    if let expected { #expect(mistakes == expected) } else { #expect(mistakes.count == 1) }
    if text != "a: s3cret" {
      #expect(!mistakes.contains { $0.contains("s3cret") || $0.contains("123456") })
    }
  }

  @Test func everyMistakeIsFoundInOneReading() throws {
    let (_, mistakes) = try read("{a: {timeout: 1}, b: {webhook: 'x', burst: many}, c: {command: [relative]}}")
    #expect(mistakes.count == 5)
  }

  @Test func schemaTellsEveryFieldAndItsDefault() throws {
    let schema = YAMLType<[NotificationTarget]>.notificationTargets.schema()
    let fields = try #require(schema["additionalProperties"]?["properties"]?.objectValue)
    let shown = fields.map { name, field in "\(name) \(field["default"]?.text() ?? "none")" }
    #expect(
      shown == [
        "webhook none", "headers {}", "command none", "timeout \"10s\"", "repeat_after \"4h\"", "burst 20",
        "interval \"1m\"",
      ])
  }

  @Test func addressIsReadAsCurlReadsItAndShowsNoSecret() throws {
    let shown = try ["http://h", "https://u:p@h/", "http://h:8080/x?y#z", "https://[::1]:9/"].map {
      try WebhookAddress($0).description
    }
    #expect(shown == ["h:80", "h:443", "h:8080", "[::1]:9"])
    #expect(try "\(WebhookHeader("X", "s3cret"))" == "X: ***")
  }
}
