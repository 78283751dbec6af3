import HeadracePlugin

/// Limits that the user sets.
struct ThresholdConfig {
  /// A limit on the values of one column.
  struct Rule {
    var name: String
    var column: String
    /// Numbers, or dates and times as text; they are fitted to the column's type when it is known.
    var minimum: Configuration?
    var maximum: Configuration?
    var maximumNullRate: Double?
    var severity: Finding.Severity
  }

  var rules: [Rule] = []
  var minimumRows: Int64?
  var maximumRows: Int64?
  var maximumFindings: Int
  var severity: Finding.Severity

  init(_ configuration: Configuration) throws(PluginError) {
    try configuration.allowOnly(["columns", "rules", "min_rows", "max_rows", "max_findings", "severity"])
    severity = try configuration.severity(default: .warning)
    maximumFindings = Int(clamping: try configuration.integer("max_findings", default: 10))
    if let rows = configuration.member("min_rows") { minimumRows = try rows.integer() }
    if let rows = configuration.member("max_rows") { maximumRows = try rows.integer() }
    for (column, limits) in try configuration.members("columns") {
      try limits.allowOnly(["name", "min", "max", "max_null_rate", "severity"])
      rules.append(try Self.rule(limits, column: column, severity))
    }
    for rule in try configuration.list("rules") {
      try rule.allowOnly(["name", "column", "min", "max", "max_null_rate", "severity"])
      rules.append(try Self.rule(rule, column: try rule.string("column"), severity))
    }
    guard !rules.isEmpty || minimumRows != nil || maximumRows != nil else {
      throw configuration.error("there is no rule; give 'columns', 'rules', 'min_rows' or 'max_rows'")
    }
  }

  private static func rule(
    _ rule: Configuration, column: String, _ severity: Finding.Severity
  ) throws(PluginError) -> Rule {
    var rate: Double?
    if let member = rule.member("max_null_rate") {
      rate = try member.double()
      guard let rate, (0...1).contains(rate) else { throw member.error("a rate lies between 0 and 1") }
    }
    let (minimum, maximum) = (rule.member("min"), rule.member("max"))
    guard minimum != nil || maximum != nil || rate != nil else {
      throw rule.error("a rule needs 'min', 'max' or 'max_null_rate'")
    }
    return Rule(
      name: try rule.string("name", default: "threshold"), column: column, minimum: minimum, maximum: maximum,
      maximumNullRate: rate, severity: try rule.severity(default: severity))
  }

  static let schema = """
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": "threshold",
      "description": "Reports values, null rates and row counts beyond limits that are set by hand.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "columns": {
          "description": "Limits by the name of the column: numbers, dates or times; any type for max_null_rate.",
          "type": "object",
          "default": {},
          "additionalProperties": {
            "type": "object",
            "additionalProperties": false,
            "properties": {\(limits)}
          }
        },
        "rules": {
          "description": "The same as a list, for several limits on one column.",
          "type": "array",
          "default": [],
          "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["column"],
            "properties": {"column": {"description": "The column.", "type": "string", "minLength": 1},\(limits)}
          }
        },
        "min_rows": {"description": "The fewest rows that a run should have.", "type": "integer", "minimum": 0},
        "max_rows": {"description": "The most rows that a run should have.", "type": "integer", "minimum": 0},
        "max_findings": {"description": "How many findings of a rule are told one by one in a batch; the rest are \
    summed up.", "type": "integer", "minimum": 0, "maximum": 1000, "default": 10},
        "severity": {"description": "Of findings.", "enum": ["info", "warning", "critical"], "default": "warning"}
      }
    }
    """

  private static let limits = """

              "name": {"description": "The rule's name in findings.", "type": "string", "default": "threshold"},
              "min": {"description": "The least value that is usual; a date or time as text.", \
    "type": ["number", "string"]},
              "max": {"description": "The greatest value that is usual.", "type": ["number", "string"]},
              "max_null_rate": {"description": "The greatest share of nulls in a run.", "type": "number", \
    "minimum": 0, "maximum": 1},
              "severity": {"description": "Of the rule's findings; the default is that of the detector.", \
    "enum": ["info", "warning", "critical"]}
    """
}
