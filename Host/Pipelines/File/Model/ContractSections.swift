package import HostFormats

/// What happens when a source's schema differs from the table's.
package struct SchemaContract: YAMLRecord, Equatable {
  package enum Rule: String, Sendable, CaseIterable {
    /// The table follows.
    case evolve
    /// The run fails.
    case freeze
    /// Rows that do not fit become dead letters.
    case discardRow = "discard_row"
    /// Values that do not fit become NULL.
    case discardValue = "discard_value"
  }

  package static let summary = "What happens when a source's schema differs from the table's."

  /// A stream that has no table yet; evolve creates it.
  package var tables = Rule.evolve
  /// A column that the table does not have; evolve adds it.
  package var columns = Rule.evolve
  /// A column whose type changed; evolve widens it where Iceberg can.
  package var types = Rule.freeze

  package init() {}

  package init(from fields: inout YAMLRecordDecoder) {
    func rule(_ key: String, _ fallback: Rule, _ about: String) -> Rule {
      fields.optional(key, .choice(of: Rule.allCases, default: fallback), default: fallback, about)
    }
    tables = rule("tables", .evolve, "A stream that has no table yet.")
    columns = rule("columns", .evolve, "A column that the table does not have.")
    types = rule("types", .freeze, "A column whose type changed.")
    if tables == .discardValue {
      fields.refuse("tables", "'discard_value' is about columns and types", suggestion: "use evolve or freeze")
    }
    if tables == .discardRow {
      // Positions and dead letters are kept with the table: without one there is nowhere to say what became of the rows.
      fields.refuse(
        "tables", "'discard_row' would lose the rows of a stream that has no table",
        suggestion: "leave the stream out, or use freeze")
    }
  }
}

/// What happens with records that are wrong.
package struct ErrorRule: YAMLRecord, Equatable {
  package enum Record: String, Sendable, CaseIterable {
    /// Kept apart with its reason.
    case deadLetter = "dead_letter"
    /// The first wrong record fails the run.
    case fail
  }

  package enum Limit: Sendable, Equatable {
    /// A fraction of the rows read by the run: 0.001 is 0.1 %.
    case share(Double)
    case rows(Int)
  }

  package enum Then: String, Sendable, CaseIterable {
    case fail
    case proceed = "continue"
  }

  package static let summary = "What happens with records that are wrong."

  package var record = Record.deadLetter
  /// 0.1%.
  package var max = Limit.share(0.001)
  /// Above the limit the run fails.
  package var then = Then.fail

  package init() {}

  package init(from fields: inout YAMLRecordDecoder) {
    record = fields.optional(
      "record", .choice(of: Record.allCases, default: .deadLetter), default: .deadLetter,
      "dead_letter keeps a wrong record apart, fail ends the run.")
    max = fields.optional(
      "max", Self.limit, default: .share(0.001), "How many records may be wrong: 0.1% of the run's rows, or a number.")
    then = fields.optional(
      "then", .choice(of: Then.allCases, default: .fail, reserved: [.proceed]), default: .fail,
      "What happens above the limit.")
  }

  private static var limit: YAMLType<Limit> {
    .scalar(
      "a percentage such as 0.1% or a number of rows", placeholder: .rows(0),
      schema: [
        "oneOf": [["type": "string", "pattern": "^[0-9.]+%$"], ["type": "integer", "minimum": 0]]
      ],
      shown: { limit in
        switch limit {
        case .share(let share): .string(Units.percentText(share))
        case .rows(let rows): .integer(Int64(rows))
        }
      }
    ) { scalar in
      if case .int(let rows) = scalar.valueForNumbers, rows >= 0 { return .rows(Int(rows)) }
      return Units.percent(scalar.text).map { .share($0) }
    }
  }
}
