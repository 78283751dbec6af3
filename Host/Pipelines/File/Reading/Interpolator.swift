import HostFormats
import HostModel

/// Puts values in the place of `${...}` in the scalars of a tree. Keys are left alone.
struct Interpolator {
  private let sources: InterpolationSources
  /// The file's variables, interpolated; what `--set` states is already in here.
  private var variables: [String: YAMLScalar] = [:]
  /// Variables whose own value could not be made: their mistake is reported once, where they are.
  private var broken: Set<String> = []
  private(set) var used: Set<String> = []
  private(set) var mistakes = YAMLMistakes()
  /// Every value that came from the environment or a file.
  private(set) var secrets: [String] = []
  /// Scalars that have no value. What a field says about one of them is a consequence, and not worth a message.
  private(set) var unresolved: Set<SourcePlace> = []

  init(sources: InterpolationSources) { self.sources = sources }

  /// Takes the `vars` of a file. A variable may use the environment and files, but no other variable.
  mutating func define(_ node: YAMLNode, overrides: [String: YAMLScalar]) {
    for entry in node.entries ?? [] {
      guard let scalar = entry.value.scalar else { continue }
      if let override = overrides[entry.key] {
        variables[entry.key] = override
      } else if let value = resolve(scalar, at: entry.value.place, allowsVariables: false) {
        variables[entry.key] = value
      } else {
        broken.insert(entry.key)
      }
    }
    for (name, value) in overrides { variables[name] = value }
  }

  mutating func interpolate(_ node: YAMLNode) -> YAMLNode {
    switch node.content {
    case .scalar(let scalar):
      if let resolved = resolve(scalar, at: node.place, allowsVariables: true) {
        return YAMLNode(.scalar(resolved), at: node.place)
      }
      unresolved.insert(node.place)
      return YAMLNode(.scalar(scalar.interpolated(as: scalar.text, isSecret: true)), at: node.place)
    case .sequence(let items):
      return YAMLNode(.sequence(items.map { interpolate($0) }), at: node.place)
    case .mapping(let entries):
      let values = entries.map {
        YAMLEntry(key: $0.key, keyPlace: $0.keyPlace, value: interpolate($0.value))
      }
      return YAMLNode(.mapping(values), at: node.place)
    }
  }

  /// The scalar with its values; nil if there was a mistake.
  private mutating func resolve(_ scalar: YAMLScalar, at place: SourcePlace, allowsVariables: Bool) -> YAMLScalar? {
    guard scalar.text.utf8.contains(UInt8(ascii: "$")) else { return scalar }
    do throws(InterpolationMistake) {
      let pieces = try InterpolationSyntax.split(scalar.text)
      if case .text(let text)? = pieces.first, pieces.count == 1, text == scalar.text { return scalar }
      return try assemble(pieces, scalar, allowsVariables)
    } catch {
      if !error.message.isEmpty {
        mistakes.add(scalar.place(ofOffset: error.offset, from: place), error.message, suggestion: error.suggestion)
      }
      return nil
    }
  }

  private mutating func assemble(
    _ pieces: [InterpolationPiece], _ scalar: YAMLScalar, _ allowsVariables: Bool
  ) throws(InterpolationMistake) -> YAMLScalar {
    var text = ""
    var isSecret = false
    var searchFrom = 0
    for piece in pieces {
      let offset = Self.offset(of: piece, in: scalar.text, from: &searchFrom)
      let (value, hides) = try value(of: piece, offset, allowsVariables)
      text += value
      if hides { secrets.append(value) }
      isSecret = isSecret || hides
      guard text.utf8.count <= InterpolationSources.longestResult else {
        throw InterpolationMistake(
          message: "the value grows beyond \(InterpolationSources.longestResult) bytes", offset: 0)
      }
    }
    // A lone variable keeps what it is: `count: ${var:n}` is a number if `n` is one.
    if case .variable(let name) = pieces[0], pieces.count == 1, let value = variables[name] {
      var copy = scalar.interpolated(as: text, isSecret: isSecret)
      if scalar.style == .plain { copy.value = value.value }
      return copy
    }
    return scalar.interpolated(as: text, isSecret: isSecret)
  }

  private mutating func value(
    of piece: InterpolationPiece, _ offset: Int, _ allowsVariables: Bool
  ) throws(InterpolationMistake) -> (text: String, hides: Bool) {
    switch piece {
    case .text(let text): return (text, false)
    case .environment(let name, let fallback):
      if let value = sources.environment(name), !(value.isEmpty && fallback != nil) { return (value, true) }
      if let fallback { return (fallback, false) }
      throw InterpolationMistake(
        message: "the environment variable \(quoted(name)) is not set",
        suggestion: "set it, or write ${env:\(name):-default}", offset: offset)
    case .file(let path): return (try file(path, offset), true)
    case .variable(let name): return try variable(name, offset, allowsVariables)
    }
  }

  private mutating func variable(
    _ name: String, _ offset: Int, _ allowsVariables: Bool
  ) throws(InterpolationMistake) -> (text: String, hides: Bool) {
    guard allowsVariables else {
      throw InterpolationMistake(message: "a variable cannot use another variable", offset: offset)
    }
    used.insert(name)
    if let value = variables[name] { return (value.text, value.isSecret) }
    // Its own mistake is reported where it is defined.
    if broken.contains(name) { throw InterpolationMistake(message: "", offset: offset) }
    throw InterpolationMistake(
      message: "there is no variable \(quoted(name))",
      suggestion: EditDistance.suggestion(for: name, among: variables.keys.sorted())
        ?? "define it under 'vars', or give it with --set vars.\(name)=VALUE",
      offset: offset)
  }

  private func file(_ path: String, _ offset: Int) throws(InterpolationMistake) -> String {
    let bytes: [UInt8]
    do throws(InterpolationSources.Unreadable) {
      bytes = try sources.readFile(path, InterpolationSources.longestFile + 1)
    } catch {
      throw InterpolationMistake(message: "cannot read the file \(quoted(path)): \(error.reason)", offset: offset)
    }
    guard bytes.count <= InterpolationSources.longestFile else {
      throw InterpolationMistake(
        message: "the file \(quoted(path)) is larger than \(InterpolationSources.longestFile) bytes", offset: offset)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw InterpolationMistake(message: "the file \(quoted(path)) is not UTF-8 text", offset: offset)
    }
    // Editors and `echo` end a file with a line break that is no part of a password.
    return text.hasSuffix("\r\n") || text.hasSuffix("\n") ? String(text.dropLast()) : text
  }

  /// Where a piece begins in the scalar's text, in Unicode scalars.
  private static func offset(of piece: InterpolationPiece, in text: String, from start: inout Int) -> Int {
    if case .text = piece { return start }
    let scalars = Array(text.unicodeScalars)
    var position = start
    while position + 1 < scalars.count {
      let escaped = position > 0 && scalars[position - 1] == "$"
      if scalars[position] == "$", scalars[position + 1] == "{", !escaped {
        start = position + 2
        return position
      }
      position += 1
    }
    return start
  }
}
