import HeadracePlugin

/// What the user wants done to every batch. All names but those of `add` and the values of `rename` are names of the
/// input.
struct MapConfig {
  var filter: FilterExpression?
  /// The text of the filter, for messages.
  var filterText = ""
  var cast: [(column: String, target: CastTarget)] = []
  var select: [String]?
  var drop: [String] = []
  var rename: [(from: String, to: String)] = []
  var add: [(name: String, value: Constant)] = []

  init(_ configuration: Configuration) throws(PluginError) {
    try configuration.allowOnly(["filter", "cast", "select", "keep", "drop", "rename", "add"])
    filterText = try configuration.string("filter", default: "")
    if !filterText.isEmpty { filter = try FilterParser.parse(filterText) }
    for (column, target) in try configuration.members("cast") {
      guard let type = CastTarget(try target.string()) else {
        throw target.error("'\(try target.string())' is not a type; the types are \(CastTarget.names)")
      }
      cast.append((column, type))
    }
    if let member = configuration.member("select") ?? configuration.member("keep") {
      select = try member.list().map { element throws(PluginError) in try element.string() }
    }
    drop = try configuration.strings("drop")
    guard configuration.member("select") == nil || configuration.member("keep") == nil else {
      throw configuration.error("'keep' is another name for 'select'; give one of them")
    }
    guard select == nil || drop.isEmpty else { throw configuration.error("give 'select' or 'drop', not both") }
    for (from, to) in try configuration.members("rename") { rename.append((from, try to.string())) }
    for (name, value) in try configuration.members("add") { add.append((name, try Constant(value))) }
  }

  /// A value that every row gets.
  enum Constant {
    case bool(Bool), integer(Int64), double(Double), string(String)

    init(_ configuration: Configuration) throws(PluginError) {
      switch configuration.value {
      case .bool(let value): self = .bool(value)
      case .integer(let value): self = .integer(value)
      case .double(let value): self = .double(value)
      case .string(let value): self = .string(value)
      default: throw configuration.error("a constant is a boolean, a number or a string")
      }
    }
  }

  static let schema = """
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": "map",
      "description": "Filters rows; casts, selects, drops, renames and adds columns; in this order.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "filter": {
          "description": "The rows to keep, over the columns as they come in: amount > 0 and status != 'cancelled'",
          "type": "string",
          "default": ""
        },
        "cast": {
          "description": "The new type of a column: boolean, \
    int, long, float, double, decimal(p,s), string, date, time, \
    timestamp, timestamptz or uuid. A value that does not fit makes its row a dead letter.",
          "type": "object",
          "additionalProperties": {"type": "string"},
          "default": {}
        },
        "select": {
          "description": "The columns to keep, in this order. Not together with drop.",
          "type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "uniqueItems": true
        },
        "keep": {
          "description": "Another name for select.",
          "type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "uniqueItems": true
        },
        "drop": {
          "description": "The columns to leave out.",
          "type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": true, "default": []
        },
        "rename": {
          "description": "The new name of a column.",
          "type": "object",
          "additionalProperties": {"type": "string", "minLength": 1},
          "default": {}
        },
        "add": {
          "description": "Columns with the same value in every row: a boolean, a number or a string.",
          "type": "object",
          "additionalProperties": {"type": ["boolean", "number", "string"]},
          "default": {}
        }
      }
    }
    """
}
