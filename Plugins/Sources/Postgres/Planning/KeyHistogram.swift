/// Divides keys by the histogram that ANALYZE keeps: its buckets hold about as many rows each. Pure.
enum KeyHistogram {
  /// `count - 1` bounds out of a sorted histogram, each about the same number of rows from the next.
  static func bounds(of histogram: [String], count: Int) -> [String] {
    guard count > 1, histogram.count > 2 else { return [] }
    let picked = (1..<count).map { histogram[$0 * (histogram.count - 1) / count] }
    return picked.filter { $0 != histogram.first }
  }

  /// The same for integers, where bounds can lie between those of the histogram, and where what was added since the
  /// last ANALYZE, up to `minimum` and `maximum`, is taken to be as dense as the rest.
  static func bounds(of histogram: [Int64], minimum: Int64, maximum: Int64, count: Int) -> [Int64] {
    guard count > 1, minimum < maximum else { return [] }
    let inner = histogram.filter { minimum < $0 && $0 < maximum }
    let edges = ([minimum] + inner + [maximum]).map(Double.init)
    let weights = weights(between: edges)
    let total = weights.reduce(0, +)
    guard total > 0 else { return [] }
    var result: [Int64] = []
    var bucket = 0
    var before = 0.0
    for step in 1..<count {
      let wanted = total * Double(step) / Double(count)
      while bucket < weights.count - 1, before + weights[bucket] < wanted {
        before += weights[bucket]
        bucket += 1
      }
      let part = weights[bucket] > 0 ? (wanted - before) / weights[bucket] : 0
      let bound = Int64(exactly: (edges[bucket] + (edges[bucket + 1] - edges[bucket]) * part).rounded()) ?? maximum
      if bound > (result.last ?? minimum), bound < maximum { result.append(bound) }
    }
    return result
  }

  /// A bucket of the histogram weighs 1; the two outside of it as much as their width in average buckets.
  private static func weights(between edges: [Double]) -> [Double] {
    let widths = zip(edges, edges.dropFirst()).map { $1 - $0 }
    guard widths.count > 2 else { return widths }
    let inner = widths.dropFirst().dropLast()
    let average = inner.reduce(0, +) / Double(inner.count)
    guard average > 0 else { return widths }
    return [widths[0] / average] + inner.map { _ in 1 } + [widths[widths.count - 1] / average]
  }
}
