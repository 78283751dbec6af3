/// The rows of a small query, as text. Values of SQL are never kept here: COPY goes its own way.
struct QueryResult {
  let rows: [[String?]]

  /// The first column of the first row.
  var scalar: String? { rows.first?.first ?? nil }
}
