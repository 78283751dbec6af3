import CYaml
import HostModel

/// An error of the YAML library, said in the words of the person who wrote the file.
struct YAMLProblem {
  private let text: YAMLText
  private let problem: String
  private let context: String
  private let place: SourcePlace
  /// Where the thing began that could not be read to its end.
  private let contextPlace: SourcePlace
  private let offset: Int
  private let isReaderError: Bool

  init(_ parser: yaml_parser_t, _ text: YAMLText) {
    self.text = text
    problem = parser.problem.map { String(cString: $0) } ?? "the text cannot be read"
    context = parser.context.map { String(cString: $0) } ?? ""
    place = text.place(line: parser.problem_mark.line, column: parser.problem_mark.column)
    contextPlace = text.place(line: parser.context_mark.line, column: parser.context_mark.column)
    offset = parser.problem_mark.index
    isReaderError = parser.error == YAML_READER_ERROR
    readerOffset = parser.problem_offset
  }

  private let readerOffset: Int

  static func outOfMemory(_ text: YAMLText) -> YAMLSyntaxError {
    YAMLSyntaxError(SourcePlace(file: text.file, line: 0, column: 0), "not enough memory to read the file")
  }

  func error() -> YAMLSyntaxError {
    if isReaderError {
      return YAMLSyntaxError(
        text.place(ofByte: readerOffset), "a control character is not allowed here",
        suggestion: "remove it, or write it as an escape in double quotes")
    }
    return tab() ?? unclosed() ?? character() ?? structure()
      ?? YAMLSyntaxError(place, "this is not valid YAML: \(problem)")
  }

  private var next: Unicode.Scalar? { offset < text.scalars.count ? text.scalars[offset] : nil }

  /// A tab where indentation is: the commonest mistake that an editor hides.
  private func tab() -> YAMLSyntaxError? {
    guard let tab = firstTabOfLine() else { return nil }
    return YAMLSyntaxError(
      SourcePlace(file: text.file, line: place.line, column: tab + 1), "a tab is used for indentation",
      suggestion: "YAML indents with spaces")
  }

  private func firstTabOfLine() -> Int? {
    guard problem.contains("cannot start any token") || problem.contains("tab") || problem.contains("did not find")
    else { return nil }
    let start = text.scalars[..<min(offset, text.scalars.count)].lastIndex(of: "\n").map { $0 + 1 } ?? 0
    let blanks = text.scalars[start...].prefix { $0 == " " || $0 == "\t" }
    return blanks.firstIndex(of: "\t").map { $0 - start }
  }

  private func unclosed() -> YAMLSyntaxError? {
    if problem.contains("unexpected end of stream"), context.contains("quoted scalar") {
      return YAMLSyntaxError(contextPlace, "the quote that opens here is never closed")
    }
    if problem.contains("unexpected document indicator"), context.contains("quoted scalar") {
      return YAMLSyntaxError(contextPlace, "the quote that opens here is not closed before the end of the document")
    }
    if problem.contains("',' or ']'") {
      return YAMLSyntaxError(
        place, "expected ',' or ']' here", suggestion: "the list opened at line \(contextPlace.line) is not closed")
    }
    if problem.contains("',' or '}'") {
      return YAMLSyntaxError(
        place, "expected ',' or '}' here", suggestion: "the mapping opened at line \(contextPlace.line) is not closed")
    }
    return nil
  }

  private func character() -> YAMLSyntaxError? {
    if problem.contains("cannot start any token"), let next {
      return YAMLSyntaxError(
        place, "a value cannot begin with \(quoted(String(next)))", suggestion: "put the value in quotes")
    }
    if problem.contains("unknown escape character") {
      return YAMLSyntaxError(
        place, "unknown escape in double quotes", suggestion: "write '\\\\' for a backslash or use single quotes")
    }
    if problem.contains("expected hexdecimal number") || problem.contains("invalid Unicode character code") {
      return YAMLSyntaxError(place, "the escape is not a character code in hexadecimal")
    }
    return nil
  }

  private func structure() -> YAMLSyntaxError? {
    if problem.contains("mapping values are not allowed") {
      return YAMLSyntaxError(
        place, "a ':' is not allowed here", suggestion: "quote a value that contains ': ', or check the indentation")
    }
    if problem.contains("block sequence entries are not allowed") {
      return YAMLSyntaxError(place, "a '-' is not allowed here", suggestion: "begin the list on a line of its own")
    }
    if problem.contains("could not find expected ':'") {
      return YAMLSyntaxError(contextPlace, "this key is not followed by ':'")
    }
    if problem.contains("did not find expected key") {
      return YAMLSyntaxError(
        place, "expected a key here",
        suggestion: "it belongs to the mapping at line \(contextPlace.line), so check the indentation")
    }
    if problem.contains("did not find expected '-' indicator") {
      return YAMLSyntaxError(
        place, "expected '- ' here",
        suggestion: "it belongs to the list at line \(contextPlace.line), so check the indentation")
    }
    if problem.contains("did not find expected <document start>") {
      return YAMLSyntaxError(place, "there is text after the end of the document", suggestion: "check the indentation")
    }
    return nil
  }
}
