import HostModel

/// Builds the tree from the events of a document, without recursion, so that a deeply nested text ends in a message.
struct YAMLTreeBuilder {
  /// A list or mapping whose end has not been seen.
  private struct Frame {
    let start: YAMLEvent
    let isMapping: Bool
    var items: [YAMLNode] = []
    var entries: [YAMLEntry] = []
    /// The key whose value comes next.
    var key: (text: String, place: SourcePlace)?

    var awaitsKey: Bool { isMapping && key == nil }
  }

  private let text: YAMLText
  private let limits: YAMLLimits
  private var frames: [Frame] = []
  private var anchors: [String: YAMLNode] = [:]
  private var documents = 0
  private var nodes = 0
  private var aliasNodes = 0
  private var root: YAMLNode?
  private var mistakes: YAMLMistakes

  init(text: YAMLText, limits: YAMLLimits) {
    self.text = text
    self.limits = limits
    mistakes = YAMLMistakes(limit: limits.maximumDiagnostics)
  }

  mutating func take(_ event: YAMLEvent) throws(YAMLSyntaxError) {
    switch event.kind {
    case .documentStart: try startDocument(event)
    case .alias(let anchor): try place(try aliased(anchor, event), event)
    case .scalar(let text, let style): try takeScalar(text, style, event)
    case .sequenceStart: try open(Frame(start: event, isMapping: false), tag: "seq", "a list")
    case .mappingStart: try open(Frame(start: event, isMapping: true), tag: "map", "a mapping")
    case .collectionEnd: try close()
    case .other: break
    }
  }

  func finish() -> YAMLDocument {
    var diagnostics = mistakes.all
    if root == nil || root?.isNull == true {
      diagnostics.append(Diagnostic(at: SourcePlace(file: text.file, line: 1, column: 1), "the file is empty"))
      return YAMLDocument(root: nil, diagnostics: diagnostics)
    }
    return YAMLDocument(root: root, diagnostics: diagnostics)
  }

  private mutating func startDocument(_ event: YAMLEvent) throws(YAMLSyntaxError) {
    documents += 1
    guard documents == 1 else {
      throw YAMLSyntaxError(
        event.place, "a second document begins here, a file holds one", suggestion: "move it to a file of its own")
    }
  }

  private mutating func open(_ frame: Frame, tag: String, _ what: String) throws(YAMLSyntaxError) {
    let event = frame.start
    try refuseAsKey(event, what)
    if let written = event.tag, written != "tag:yaml.org,2002:\(tag)" { throw unknownTag(written, event) }
    guard frames.count < limits.maximumDepth else {
      throw YAMLSyntaxError(event.place, "nested deeper than \(limits.maximumDepth) levels")
    }
    frames.append(frame)
  }

  private mutating func close() throws(YAMLSyntaxError) {
    guard let frame = frames.popLast() else { preconditionFailure("libyaml ends only what it has begun") }
    let content: YAMLNode.Content =
      frame.isMapping ? .mapping(withoutDuplicates(frame.entries)) : .sequence(frame.items)
    try place(YAMLNode(content, at: frame.start.place), frame.start)
  }

  private mutating func takeScalar(
    _ content: String, _ style: YAMLScalar.Style, _ event: YAMLEvent
  ) throws(YAMLSyntaxError) {
    let node = YAMLNode(.scalar(try scalar(content, style, event)), at: event.place)
    guard frames.last?.awaitsKey == true else { return try place(node, event) }
    frames[frames.count - 1].key = (try key(content, style, event), event.place)
    if let anchor = event.anchor { anchors[anchor] = node }
  }

  private func key(
    _ content: String, _ style: YAMLScalar.Style, _ event: YAMLEvent
  ) throws(YAMLSyntaxError) -> String {
    guard !(style == .plain && content == "<<") else {
      throw YAMLSyntaxError(
        event.place, "merge keys '<<' are not part of YAML 1.2",
        suggestion: "write the keys out, or use an alias for a whole value")
    }
    guard !content.isEmpty else { throw YAMLSyntaxError(event.place, "a key is missing before ':'") }
    return content
  }

  private func scalar(
    _ content: String, _ style: YAMLScalar.Style, _ event: YAMLEvent
  ) throws(YAMLSyntaxError) -> YAMLScalar {
    let resolved = style == .plain ? YAMLScalar.resolve(content) : .string(content)
    let value = try tagged(event, content, resolved)
    return YAMLScalar(text: content, style: style, value: value, source: text.scalars[event.range])
  }

  private func tagged(
    _ event: YAMLEvent, _ content: String, _ resolved: YAMLScalar.Value
  ) throws(YAMLSyntaxError) -> YAMLScalar.Value {
    guard let tag = event.tag else { return resolved }
    let value = YAMLScalar.resolve(content)
    switch (tag, value) {
    case ("!", _), ("tag:yaml.org,2002:str", _): return .string(content)
    case ("tag:yaml.org,2002:int", .int), ("tag:yaml.org,2002:bool", .bool), ("tag:yaml.org,2002:null", .null),
      ("tag:yaml.org,2002:float", .float):
      return value
    case ("tag:yaml.org,2002:float", .int(let number)): return .float(Double(number))
    case ("tag:yaml.org,2002:int", _), ("tag:yaml.org,2002:bool", _), ("tag:yaml.org,2002:null", _),
      ("tag:yaml.org,2002:float", _):
      let shown = "!!" + tag.dropFirst("tag:yaml.org,2002:".count)
      throw YAMLSyntaxError(event.place, "the tag \(quoted(shown)) does not fit the text \(quoted(content))")
    default: throw unknownTag(tag, event)
    }
  }

  private func unknownTag(_ tag: String, _ event: YAMLEvent) -> YAMLSyntaxError {
    let shown = tag.hasPrefix("tag:yaml.org,2002:") ? "!!" + tag.dropFirst("tag:yaml.org,2002:".count) : tag
    return YAMLSyntaxError(event.place, "the tag \(quoted(shown)) is not supported here", suggestion: "leave it out")
  }

  private func refuseAsKey(_ event: YAMLEvent, _ what: String) throws(YAMLSyntaxError) {
    guard frames.last?.awaitsKey == true else { return }
    throw YAMLSyntaxError(
      event.place, "\(what) cannot be a key", suggestion: "quote a text that begins with '{' or '['")
  }

  private mutating func aliased(_ anchor: String, _ event: YAMLEvent) throws(YAMLSyntaxError) -> YAMLNode {
    guard let node = anchors[anchor] else {
      let isOpen = frames.contains { $0.start.anchor == anchor }
      guard !isOpen else {
        throw YAMLSyntaxError(event.place, "the alias \(quoted("*" + anchor)) is inside what it names")
      }
      throw YAMLSyntaxError(
        event.place, "no anchor \(quoted("&" + anchor)) comes before this alias",
        suggestion: EditDistance.suggestion(for: anchor, among: anchors.keys.sorted()))
    }
    aliasNodes += node.weight
    guard aliasNodes <= limits.maximumAliasNodes else {
      throw YAMLSyntaxError(event.place, "aliases expand to more than \(limits.maximumAliasNodes) values")
    }
    guard frames.count + node.height <= limits.maximumDepth else {
      throw YAMLSyntaxError(event.place, "nested deeper than \(limits.maximumDepth) levels")
    }
    nodes += node.weight - 1
    return node
  }

  /// Puts a finished node where it belongs.
  private mutating func place(_ node: YAMLNode, _ event: YAMLEvent) throws(YAMLSyntaxError) {
    nodes += 1
    guard nodes <= limits.maximumNodes else {
      throw YAMLSyntaxError(event.place, "the file has more than \(limits.maximumNodes) values")
    }
    if let anchor = event.anchor { anchors[anchor] = node }
    guard let last = frames.indices.last else {
      root = node
      return
    }
    guard frames[last].isMapping else { return frames[last].items.append(node) }
    guard let key = frames[last].key else { return try takeKey(node, event) }
    frames[last].entries.append(YAMLEntry(key: key.text, keyPlace: key.place, value: node))
    frames[last].key = nil
  }

  /// An alias in the place of a key: what it names has to be a scalar like any other key.
  private mutating func takeKey(_ node: YAMLNode, _ event: YAMLEvent) throws(YAMLSyntaxError) {
    guard let scalar = node.scalar else { throw YAMLSyntaxError(event.place, "\(node.found) cannot be a key") }
    frames[frames.count - 1].key = (try key(scalar.text, scalar.style, event), event.place)
  }

  private mutating func withoutDuplicates(_ entries: [YAMLEntry]) -> [YAMLEntry] {
    var firsts: [String: SourcePlace] = [:]
    var result: [YAMLEntry] = []
    for entry in entries {
      if let first = firsts[entry.key] {
        mistakes.add(entry.keyPlace, "duplicate key \(quoted(entry.key)), first at line \(first.line)")
      } else {
        firsts[entry.key] = entry.keyPlace
        result.append(entry)
      }
    }
    return result
  }
}
