import HeadracePlugin

/// The configuration of a PostgreSQL source. `README.md` explains each key.
struct Config {
  enum SpecialValues: String, CaseIterable {
    /// A row with such a value becomes a dead letter.
    case error
    /// The value becomes a null.
    case null
    /// Columns whose type has such values are read as text.
    case string
  }

  var dsn: String
  var consistent: Bool
  var specialValues: SpecialValues
  /// Types by `schema.table.column`.
  var casts: [String: String]
  /// Rows of a split; nil: the host's wish in bytes decides.
  var chunkRows: Int?
  /// Seconds; nil: what the DSN says, else 10.
  var connectTimeout: Int?
  /// Seconds; nil: what the DSN says, else 30.
  var keepalivesIdle: Int?
  var applicationName: String?

  init(_ configuration: Configuration) throws {
    try configuration.allowOnly(Self.keys)
    dsn = try configuration.string("dsn")
    consistent = try configuration.bool("consistent", default: false)
    let special = try configuration.string("special_values", default: SpecialValues.error.rawValue)
    guard let policy = SpecialValues(rawValue: special) else {
      throw configuration.error("special_values: '\(special)' is none of error, null, string")
    }
    specialValues = policy
    casts = [:]
    for (column, type) in try configuration.members("cast") { casts[column] = try type.string() }
    chunkRows = try Self.positive("chunk_rows", in: configuration)
    connectTimeout = try Self.positive("connect_timeout", in: configuration)
    keepalivesIdle = try Self.positive("keepalives_idle", in: configuration)
    applicationName = try configuration.member("application_name")?.string()
  }

  private static func positive(_ key: String, in configuration: Configuration) throws -> Int? {
    guard let member = configuration.member(key) else { return nil }
    guard let value = Int(exactly: try member.integer()), value > 0 else {
      throw member.error("a whole number above 0 was expected")
    }
    return value
  }

  private static let keys = [
    "dsn", "consistent", "special_values", "cast", "chunk_rows", "connect_timeout", "keepalives_idle",
    "application_name",
  ]

  static let schema = """
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "type": "object",
      "additionalProperties": false,
      "required": ["dsn"],
      "properties": {
        "dsn": {
          "type": "string", "writeOnly": true, "x-headrace-endpoint": true,
          "description": "A libpq connection string: postgres://user@host:5432/database, or host=... dbname=...; \
    passfile, service, sslmode and sslrootcert are honoured"
        },
        "consistent": {
          "type": "boolean", "default": false,
          "description": "Read all splits under one snapshot, held open for the whole run"
        },
        "special_values": {
          "enum": ["error", "null", "string"], "default": "error",
          "description": "What becomes of NaN, infinity, 24:00 and timestamps after 294247-01-10"
        },
        "cast": {
          "type": "object", "additionalProperties": {"type": "string"},
          "description": "Types by schema.table.column: numeric(20,4), text, json, bigint, timestamptz, ..."
        },
        "chunk_rows": {"type": "integer", "minimum": 1, "description": "Rows of one split, about"},
        "connect_timeout": {"type": "integer", "minimum": 1, "default": 10, "description": "In seconds"},
        "keepalives_idle": {"type": "integer", "minimum": 1, "description": "In seconds"},
        "application_name": {"type": "string"}
      }
    }
    """
}
