import HostFormats

/// Refuses a query whose answer over a batch would depend on where batches end.
///
/// `GROUP BY` applied batch by batch gives a row for each group and batch, and nothing would say so. This looks only at
/// the words of the query, so that `validate` can point at them without a database; the SQL plugin asks DuckDB's own
/// planner before the first batch, and its answer is the definitive one.
package enum BatchQueryRule {
  /// What is wrong, and how many Unicode scalars stand before it.
  package struct Problem: Sendable, Equatable {
    package var message: String
    package var suggestion: String?
    package var offset: Int
  }

  package static func firstProblem(in query: String) -> Problem? {
    var lexer = SQLLexer(query)
    var tokens: [SQLToken] = []
    while let token = lexer.next() { tokens.append(token) }
    if let unclosed = lexer.unclosed {
      return Problem(message: "the query has an unclosed \(unclosed.what)", offset: unclosed.offset)
    }
    while tokens.last?.text == ";" { tokens.removeLast() }
    if let problem = shape(tokens) { return problem }
    for index in tokens.indices {
      if let problem = problem(at: index, tokens) { return problem }
    }
    return nil
  }

  private static func shape(_ tokens: [SQLToken]) -> Problem? {
    guard let first = tokens.first(where: { $0.text != "(" }) else {
      return Problem(message: "the query is empty", suggestion: "write for example SELECT * FROM input", offset: 0)
    }
    if !["SELECT", "WITH", "FROM", "VALUES"].contains(first.keyword) {
      return Problem(
        message: "a transform's query has to be a SELECT, found \(quoted(first.text))", offset: first.offset)
    }
    if let second = tokens.first(where: { $0.text == ";" }) {
      return Problem(message: "a transform's query is one statement", offset: second.offset)
    }
    return nil
  }

  private static let clauses: [String: String] = [
    "HAVING": "aggregates (HAVING)", "LIMIT": "limits its rows (LIMIT)", "OFFSET": "limits its rows (OFFSET)",
    "FETCH": "limits its rows (FETCH)", "QUALIFY": "uses a window (QUALIFY)", "INTERSECT": "compares rows (INTERSECT)",
    "EXCEPT": "compares rows (EXCEPT)", "PIVOT": "aggregates (PIVOT)", "PIVOT_WIDER": "aggregates (PIVOT_WIDER)",
    "TABLESAMPLE": "samples its rows (TABLESAMPLE)", "RECURSIVE": "is recursive", "GROUPING": "aggregates (GROUPING)",
  ]

  private static func problem(at index: Int, _ tokens: [SQLToken]) -> Problem? {
    let token = tokens[index]
    // After a dot even LIMIT is a column, and before one it is a table.
    guard token.isWord, at(index - 1, tokens) != ".", at(index + 1, tokens) != "." else { return nil }
    let next = at(index + 1, tokens)
    switch token.keyword {
    case "GROUP" where next == "BY": return refused("aggregates (GROUP BY)", token)
    case "ORDER" where next == "BY": return refused("orders its rows (ORDER BY)", token)
    case "DISTINCT" where at(index - 1, tokens) != "IS" && !isNegatedComparison(index, tokens):
      return refused("removes duplicates (DISTINCT)", token)
    case "UNION" where next != "ALL":
      return refused("removes duplicates (UNION)", token, suggestion: "use UNION ALL")
    case "OVER" where next == "(" || tokens.indices.contains(index + 1) && at(index - 1, tokens) == ")":
      return refused("uses a window (OVER)", token)
    case "SAMPLE" where at(index - 1, tokens) == "USING": return refused("samples its rows (USING SAMPLE)", token)
    default: break
    }
    if next == "(", SQLAggregates.names.contains(token.text.lowercased()), !isNameOfCTE(index, tokens) {
      return refused("aggregates (\(token.text))", token)
    }
    guard let reason = clauses[token.keyword], !isAlias(index, tokens) else { return nil }
    return refused(reason, token)
  }

  private static func refused(_ reason: String, _ token: SQLToken, suggestion: String? = nil) -> Problem {
    Problem(
      message: "a query over batches \(reason), so its answer would depend on where batches end",
      suggestion: suggestion ?? "ask it of the finished table with 'headrace lake sql'", offset: token.offset)
  }

  private static func at(_ index: Int, _ tokens: [SQLToken]) -> String {
    tokens.indices.contains(index) ? tokens[index].keyword : ""
  }

  /// `IS NOT DISTINCT FROM` compares two values.
  private static func isNegatedComparison(_ index: Int, _ tokens: [SQLToken]) -> Bool {
    at(index - 1, tokens) == "NOT" && at(index - 2, tokens) == "IS"
  }

  /// `AS offset` names a column.
  private static func isAlias(_ index: Int, _ tokens: [SQLToken]) -> Bool { at(index - 1, tokens) == "AS" }

  /// `WITH first (a, b) AS (...)` names a table.
  private static func isNameOfCTE(_ index: Int, _ tokens: [SQLToken]) -> Bool {
    let before = at(index - 1, tokens)
    return before == "WITH" || before == "AS"
  }
}
