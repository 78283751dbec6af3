import HostFormats

/// What a process has read of a split, as it tells another one: a step for each batch.
package struct ReadTrace: Sendable, Equatable {
  package struct Step: Sendable, Equatable {
    package var ordinal: UInt64
    package var position: [UInt8]
    /// Of the rows, so that two processes can be compared.
    package var rows: UInt64

    var json: JSONValue {
      .array([.string(String(ordinal)), .string(Base64.encode(position)), .string(String(rows))])
    }

    init?(json: JSONValue) {
      guard let parts = json.arrayValue, parts.count == 3, let ordinal = parts[0].stringValue.flatMap(UInt64.init),
        let position = parts[1].stringValue.flatMap(Base64.decode), let rows = parts[2].stringValue.flatMap(UInt64.init)
      else { return nil }
      self.init(ordinal: ordinal, position: position, rows: rows)
    }

    init(ordinal: UInt64, position: [UInt8], rows: UInt64) {
      self.ordinal = ordinal
      self.position = position
      self.rows = rows
    }
  }

  package var steps: [Step]

  init(_ steps: [Step]) { self.steps = steps }

  /// As evidence, which is text.
  var text: String { JSONValue.array(steps.map(\.json)).text() }

  /// - Returns: nil for a text that is no trace.
  package init?(text: String) {
    guard let list = try? JSONValue.parse(text).arrayValue else { return nil }
    steps = list.compactMap { Step(json: $0) }
    guard steps.count == list.count else { return nil }
  }
}
