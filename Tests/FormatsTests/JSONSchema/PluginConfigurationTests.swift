import HostFormats
import Testing

@Suite struct PluginConfigurationTests {
  private func schema() throws -> JSONSchema {
    try JSONSchema(
      JSONValue.parse(
        #"""
        {"type": "object", "additionalProperties": false, "required": ["path"], "properties": {
          "path": {"type": "string", "minLength": 1}, "port": {"type": "integer", "default": 5432},
          "columns": {"type": "array", "items": {"type": "object", "required": ["name"],
            "properties": {"name": {"type": "string"}, "nullable": {"type": "boolean"}},
            "additionalProperties": false}}}}
        """#))
  }

  private func check(_ text: String) throws -> (json: String?, messages: [String]) {
    let tree = try #require(YAMLDocument.parse(text, file: "p.yaml").root)
    let (configuration, diagnostics) = PluginConfiguration.checked(tree, against: try schema())
    return (configuration?.json.text(), diagnostics.map(\.description))
  }

  @Test func fittingConfigurationIsHandedOverWithDefaults() throws {
    #expect(try check("path: data.csv\n").json == #"{"path":"data.csv","port":5432}"#)
  }

  @Test(arguments: [
    ("port: 1\n", ["p.yaml:1:1: missing 'path'"]),
    ("path: a\nprot: 1\n", ["p.yaml:2:1: unknown key 'prot', did you mean 'port'?"]),
    (
      "path: 5\nport: x\n",
      [
        "p.yaml:1:7: path: expected text, found a whole number",
        "p.yaml:2:7: port: expected a whole number, found text",
      ]
    ),
    ("path: ''\n", ["p.yaml:1:7: path: expected a text that is not empty"]),
    ("path: a\nport: .nan\n", ["p.yaml:2:7: the number .nan has no exact form in JSON, put it in quotes"]),
    (
      "path: a\ncolumns:\n  - name: x\n  - {nullable: yes, nme: y}\n",
      [
        "p.yaml:4:5: columns[1]: missing 'name'",
        "p.yaml:4:16: columns[1].nullable: expected true or false, found text",
        "p.yaml:4:21: unknown key 'nme', did you mean 'name'?",
      ]
    ),
  ])
  func violationIsReportedWhereItWasWritten(_ text: String, _ messages: [String]) throws {
    let result = try check(text)
    #expect(result.json == nil)
    #expect(result.messages == messages)
  }

  @Test func interpolatedScalarTakesTheTypeThatIsWanted() throws {
    let tree = try #require(YAMLDocument.parse("path: P\nport: \"Q\"\n", file: "p.yaml").root)
    let interpolated = tree.mappingScalars { scalar, _ in
      scalar.interpolated(as: scalar.text == "P" ? "12345" : "99", isSecret: true)
    }
    let (configuration, diagnostics) = PluginConfiguration.checked(interpolated, against: try schema())
    #expect(diagnostics.map(\.description) == [])
    #expect(configuration?.json.text() == #"{"path":"12345","port":99}"#)
    #expect(configuration?.redacted.text() == #"{"path":"***","port":"***"}"#)
  }

  @Test func writtenScalarKeepsItsType() throws {
    #expect(try check("path: a\nport: \"99\"\n").messages == ["p.yaml:2:7: port: expected a whole number, found text"])
  }
}
