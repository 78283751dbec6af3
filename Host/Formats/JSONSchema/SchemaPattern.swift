/// A pattern of text, of the part of ECMA-262 that can be matched in time proportional to pattern times text.
///
/// Supported: literals, `.`, `\d \D \w \W \s \S`, escaped punctuation, classes with ranges (`[^a-z_]`), `^` at the
/// beginning and `$` at the end, and `*`, `+`, `?`, `{n}`, `{n,}`, `{n,m}` after a single character or class. Groups,
/// alternatives and references are refused: with them a plugin's schema could make the host search for a very long time.
package struct SchemaPattern: Sendable {
  package struct Unsupported: Error, Equatable {
    package var message: String
  }

  struct Piece: Sendable {
    var set: SchemaCharacterSet
    var least: Int
    /// nil: any number.
    var most: Int?
  }

  package let source: String
  private let pieces: [Piece]
  private let isAnchoredAtStart: Bool
  private let isAnchoredAtEnd: Bool

  package init(_ source: String) throws(Unsupported) {
    var parser = SchemaPatternParser(source)
    self.source = source
    isAnchoredAtStart = parser.takeStartAnchor()
    var pieces: [Piece] = []
    while let piece = try parser.next() { pieces.append(piece) }
    isAnchoredAtEnd = parser.foundEndAnchor
    // Counted repetition is written out, so that matching needs no counters.
    self.pieces = pieces.flatMap(Self.expanded)
    guard self.pieces.count <= 2000 else { throw Unsupported(message: "the pattern repeats too much") }
  }

  private static func expanded(_ piece: Piece) -> [Piece] {
    var result = [Piece](repeating: Piece(set: piece.set, least: 1, most: 1), count: piece.least)
    if let most = piece.most {
      result += [Piece](repeating: Piece(set: piece.set, least: 0, most: 1), count: max(0, most - piece.least))
    } else {
      result.append(Piece(set: piece.set, least: 0, most: nil))
    }
    return result
  }

  /// Whether the pattern is found in a text. Follows all ways through the pattern at once (Thompson 1968).
  package func matches(_ text: String) -> Bool {
    var active = closure([0])
    for scalar in text.unicodeScalars {
      if !isAnchoredAtEnd, active.contains(pieces.count) { return true }
      var next: Set<Int> = isAnchoredAtStart ? [] : [0]
      for state in active where state < pieces.count && pieces[state].set.contains(scalar) {
        next.insert(pieces[state].most == nil ? state : state + 1)
      }
      active = closure(next)
      if active.isEmpty { return false }
    }
    return active.contains(pieces.count)
  }

  /// Adds the states that are reached without a character: what follows an optional piece.
  private func closure(_ states: Set<Int>) -> Set<Int> {
    var result = states
    var pending = Array(states)
    while let state = pending.popLast() {
      guard state < pieces.count, pieces[state].least == 0, result.insert(state + 1).inserted else { continue }
      pending.append(state + 1)
    }
    return result
  }
}
