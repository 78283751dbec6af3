import HeadracePlugin

/// Divides the key's values into ranges. Pure: the server has sorted the bounds, here only ranks are compared.
///
/// 1. A range that is known from the interrupted run stays as it was; if it is complete, it is left out.
/// 2. What lies between known ranges is new, and divided at the bounds that fall there.
/// 3. The first and the last range are open, so that rows outside of the statistics are read too.
struct SplitPlanner {
  /// A range of an earlier run.
  struct Known {
    var range: KeyRange
    var isComplete: Bool
  }

  /// Distinct, in the server's order; with every bound of `known`.
  let bounds: [String]
  let known: [Known]

  /// Between the ranks of its bounds: `low` -1 and `high` `bounds.count` stand for none.
  private struct Span {
    var low: Int
    var high: Int
    var isComplete: Bool
  }

  /// What is to be read, in the order of the key. Throws `conflict` if known ranges overlap.
  func ranges() throws -> [KeyRange] {
    var result: [KeyRange] = []
    var from = -1
    for span in try spans() {
      guard span.low >= from else {
        throw PluginError(
          .conflict, "the splits of the interrupted run overlap; start the stream again (`state reset`)")
      }
      result += divided(from: from, to: span.low)
      if !span.isComplete { result.append(range(span.low, span.high)) }
      from = span.high
    }
    return result + divided(from: from, to: bounds.count)
  }

  private func spans() throws -> [Span] {
    let ranks = Dictionary(bounds.enumerated().map { ($1, $0) }) { first, _ in first }
    func rank(_ bound: String?, otherwise: Int) throws -> Int {
      guard let bound else { return otherwise }
      guard let rank = ranks[bound] else {
        throw PluginError(.conflict, "the boundary '\(bound)' of the interrupted run is not a key's value any more")
      }
      return rank
    }
    return try known.map {
      Span(
        low: try rank($0.range.lower, otherwise: -1), high: try rank($0.range.upper, otherwise: bounds.count),
        isComplete: $0.isComplete)
    }.sorted { ($0.low, $0.high) < ($1.low, $1.high) }
  }

  private func divided(from low: Int, to high: Int) -> [KeyRange] {
    low < high ? (low..<high).map { range($0, $0 + 1) } : []
  }

  private func range(_ low: Int, _ high: Int) -> KeyRange {
    KeyRange(lower: low >= 0 ? bounds[low] : nil, upper: high < bounds.count ? bounds[high] : nil)
  }
}
