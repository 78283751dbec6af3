/// How far apart two words are for somebody who mistyped one of them.
///
/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours cost one each, and no part
/// is edited twice. (Damerau 1964; the restricted form needs three rows of memory instead of a matrix.)
package enum EditDistance {
  /// Words longer than this are not compared: nobody mistypes one of them by two letters and wonders why.
  package static let longestWord = 64

  /// The number of edits between two words, or nil if it is above `limit` or a word is too long to compare.
  package static func between(_ a: String, _ b: String, limit: Int) -> Int? {
    let left = Array(a.unicodeScalars.prefix(longestWord + 1))
    let right = Array(b.unicodeScalars.prefix(longestWord + 1))
    guard max(left.count, right.count) <= longestWord, abs(left.count - right.count) <= limit else { return nil }
    let distance = rows(left, right)
    return distance <= limit ? distance : nil
  }

  private static func rows(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var beforePrevious = [Int](repeating: 0, count: right.count + 1)
    var previous = Array(0...right.count)
    for i in left.indices {
      var current = [i + 1]
      for j in right.indices {
        let cost = left[i] == right[j] ? 0 : 1
        var best = min(previous[j] + cost, previous[j + 1] + 1, current[j] + 1)
        if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
          best = min(best, beforePrevious[j - 1] + 1)
        }
        current.append(best)
      }
      beforePrevious = previous
      previous = current
    }
    return previous[right.count]
  }

  /// The word that was probably meant: the nearest of `known`, at most a third of the word's length away (and always
  /// allowing one edit). The first of equally near ones wins, so the answer does not depend on hashing.
  package static func nearest(to word: String, among known: some Sequence<String>) -> String? {
    let limit = max(1, min(word.count, longestWord) / 3)
    var best: (word: String, distance: Int)?
    for candidate in known {
      let foldedMatch = candidate.lowercased() == word.lowercased() ? 0 : nil
      guard let distance = foldedMatch ?? between(word, candidate, limit: limit) else { continue }
      if distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.word
  }

  /// "did you mean 'retries'?", where one of the known words is near enough.
  package static func suggestion(for word: String, among known: some Sequence<String>) -> String? {
    nearest(to: word, among: known).map { "did you mean '\($0)'?" }
  }
}
