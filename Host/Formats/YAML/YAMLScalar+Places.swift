package import HostModel

extension YAMLScalar {
  /// The place in the file of the character at `offset` (in Unicode scalars) of the text.
  ///
  /// The written form differs from the text by quotes, escapes, indentation and folded lines. The text is walked along
  /// the written form: equal characters advance both, and what only the written form has is skipped. An interpolated
  /// text has no such relation to the file, and gets the place of the scalar.
  package func place(ofOffset offset: Int, from start: SourcePlace) -> SourcePlace {
    guard !isInterpolated, !source.isEmpty else { return start }
    var walker = Walker(source: source, place: start)
    walker.skipOpening(style)
    for scalar in text.unicodeScalars.prefix(offset) { walker.pass(scalar, style) }
    walker.skip(to: text.unicodeScalars.dropFirst(offset).first, style)
    return walker.isAtEnd ? start : walker.place
  }

  private struct Walker {
    var source: ArraySlice<Unicode.Scalar>
    var place: SourcePlace

    var isAtEnd: Bool { source.isEmpty }

    mutating func advance() {
      guard let first = source.popFirst() else { return }
      if first.endsYAMLLine, !(first == "\r" && source.first == "\n") {
        place.line += 1
        place.column = 1
      } else {
        place.column += 1
      }
    }

    /// Passes anchors and tags, and then the quote or the line of the block indicator.
    mutating func skipOpening(_ style: Style) {
      while let first = source.first, first == "&" || first == "!" {
        while let next = source.first, !isSpace(next) { advance() }
        skipWhitespace(unlessNextIs: nil)
      }
      switch style {
      case .plain: break
      case .singleQuoted, .doubleQuoted: advance()
      case .literal, .folded:
        while let next = source.first, !next.endsYAMLLine { advance() }
        if source.first == "\r" { advance() }
        if place.column > 1 { advance() }
      }
    }

    mutating func pass(_ scalar: Unicode.Scalar, _ style: Style) {
      skip(to: scalar, style)
      guard let first = source.first else { return }
      if first == scalar {
        advance()
        if style == .singleQuoted, scalar == "'" { advance() }
      } else if style == .doubleQuoted, first == "\\" {
        passEscape()
      }
      // Otherwise the text has a blank (a folded line break) that the source spells differently: nothing to pass.
    }

    /// Skips what the text does not have: indentation, folded line breaks, and in double quotes the escaped ones.
    mutating func skip(to scalar: Unicode.Scalar?, _ style: Style) {
      skipWhitespace(unlessNextIs: scalar)
      while style == .doubleQuoted, source.starts(with: ["\\", "\n"]) {
        advance()
        skipWhitespace(unlessNextIs: nil)
      }
    }

    mutating func skipWhitespace(unlessNextIs scalar: Unicode.Scalar?) {
      while let first = source.first, first != scalar, isSpace(first) { advance() }
    }

    private mutating func passEscape() {
      advance()
      guard let kind = source.first else { return }
      advance()
      let digits = kind == "x" ? 2 : kind == "u" ? 4 : kind == "U" ? 8 : 0
      for _ in 0..<digits { advance() }
    }

    private func isSpace(_ scalar: Unicode.Scalar) -> Bool {
      scalar == " " || scalar == "\t" || scalar.endsYAMLLine
    }
  }
}
