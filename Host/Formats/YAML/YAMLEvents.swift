import CYaml
import HostModel

/// One step through a document.
struct YAMLEvent {
  enum Kind {
    case documentStart
    case alias(anchor: String)
    case scalar(text: String, style: YAMLScalar.Style)
    case sequenceStart
    case mappingStart
    case collectionEnd
    case other
  }
  var kind: Kind
  var anchor: String?
  var tag: String?
  var place: SourcePlace
  /// The characters of the text that the event was read from.
  var range: Range<Int>
}

/// The only user of libyaml: its state lives here for the time of one call.
enum YAMLEvents {
  /// Calls `body` for each event of a text, until the end or the first error.
  static func read(
    _ text: YAMLText, _ body: (YAMLEvent) throws(YAMLSyntaxError) -> Void
  ) throws(YAMLSyntaxError) {
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    defer { parser.deallocate() }
    guard yaml_parser_initialize(parser) == 1 else { throw YAMLProblem.outOfMemory(text) }
    defer { yaml_parser_delete(parser) }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    let input = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, text.bytes.count))
    defer { input.deallocate() }
    _ = input.update(fromContentsOf: text.bytes)
    yaml_parser_set_input_string(parser, input.baseAddress, text.bytes.count)
    while try next(parser, text, body) {}
  }

  /// Reads one event; false after the last.
  private static func next(
    _ parser: UnsafeMutablePointer<yaml_parser_t>, _ text: YAMLText,
    _ body: (YAMLEvent) throws(YAMLSyntaxError) -> Void
  ) throws(YAMLSyntaxError) -> Bool {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw YAMLProblem(parser.pointee, text).error() }
    defer { yaml_event_delete(&event) }
    if event.type == YAML_STREAM_END_EVENT || event.type == YAML_NO_EVENT { return false }
    try body(converted(event, text))
    return true
  }

  private static func converted(_ event: yaml_event_t, _ text: YAMLText) -> YAMLEvent {
    let start = event.start_mark
    let place = text.place(line: start.line, column: start.column)
    let lower = min(start.index, text.scalars.count)
    let range = lower..<min(max(lower, event.end_mark.index), text.scalars.count)
    var result = YAMLEvent(kind: .other, anchor: nil, tag: nil, place: place, range: range)
    switch event.type {
    case YAML_DOCUMENT_START_EVENT: result.kind = .documentStart
    case YAML_ALIAS_EVENT: result.kind = .alias(anchor: string(event.data.alias.anchor) ?? "")
    case YAML_SCALAR_EVENT: fill(&result, event.data.scalar)
    case YAML_SEQUENCE_START_EVENT:
      result.kind = .sequenceStart
      result.anchor = string(event.data.sequence_start.anchor)
      result.tag = string(event.data.sequence_start.tag)
    case YAML_MAPPING_START_EVENT:
      result.kind = .mappingStart
      result.anchor = string(event.data.mapping_start.anchor)
      result.tag = string(event.data.mapping_start.tag)
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: result.kind = .collectionEnd
    default: break
    }
    return result
  }

  private typealias ScalarData = yaml_event_t.__Unnamed_union_data.__Unnamed_struct_scalar

  private static func fill(_ result: inout YAMLEvent, _ scalar: ScalarData) {
    result.anchor = string(scalar.anchor)
    result.tag = string(scalar.tag)
    let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
    result.kind = .scalar(text: String(decoding: bytes, as: UTF8.self), style: style(scalar.style))
  }

  private static func style(_ style: yaml_scalar_style_t) -> YAMLScalar.Style {
    switch style {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
    case YAML_LITERAL_SCALAR_STYLE: .literal
    case YAML_FOLDED_SCALAR_STYLE: .folded
    default: .plain
    }
  }

  private static func string(_ pointer: UnsafePointer<yaml_char_t>?) -> String? {
    pointer.map { String(cString: $0) }
  }
}
