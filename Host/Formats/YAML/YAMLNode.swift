package import HostModel

/// A part of a YAML document, with the place where it was written.
///
/// An alias is replaced by a copy of the node that it names; the copy keeps the places of the original, because that is
/// where a mistake in it has to be mended.
package struct YAMLNode: Sendable {
  package enum Content: Sendable {
    case scalar(YAMLScalar)
    case sequence([YAMLNode])
    case mapping([YAMLEntry])
  }

  package var content: Content
  /// Where the node begins.
  package var place: SourcePlace
  /// Nodes in this tree, this one included.
  let weight: Int
  /// Levels of this tree: 1 for a scalar.
  let height: Int

  package init(_ content: Content, at place: SourcePlace) {
    self.content = content
    self.place = place
    let children: [YAMLNode] =
      switch content {
      case .scalar: []
      case .sequence(let items): items
      case .mapping(let entries): entries.map(\.value)
      }
    weight = children.reduce(1) { $0 + $1.weight }
    height = 1 + (children.map(\.height).max() ?? 0)
  }
}

/// A key and its value. Keys are text, whatever they look like.
package struct YAMLEntry: Sendable {
  package var key: String
  package var keyPlace: SourcePlace
  package var value: YAMLNode

  package init(key: String, keyPlace: SourcePlace, value: YAMLNode) {
    self.key = key
    self.keyPlace = keyPlace
    self.value = value
  }
}

extension YAMLNode {
  package var scalar: YAMLScalar? {
    if case .scalar(let scalar) = content { scalar } else { nil }
  }

  package var items: [YAMLNode]? {
    if case .sequence(let items) = content { items } else { nil }
  }

  package var entries: [YAMLEntry]? {
    if case .mapping(let entries) = content { entries } else { nil }
  }

  /// An empty value such as that of `config:`, or a written `null`.
  package var isNull: Bool { scalar?.value == .null }

  /// The value of a key; nil if there is none or this is no mapping.
  package subscript(key: String) -> YAMLNode? { entries?.first { $0.key == key }?.value }

  /// What the node is, for messages. The content of a hidden scalar is not in it.
  package var found: String {
    switch content {
    case .scalar(let scalar): scalar.found
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }

  /// The mapping with no entries, which stands for a section that is not in the file.
  package static func emptyMapping(at place: SourcePlace) -> YAMLNode { YAMLNode(.mapping([]), at: place) }

  /// The same tree with each scalar replaced by what `change` makes of it.
  package func mappingScalars(_ change: (YAMLScalar, SourcePlace) -> YAMLScalar) -> YAMLNode {
    switch content {
    case .scalar(let scalar): YAMLNode(.scalar(change(scalar, place)), at: place)
    case .sequence(let items): YAMLNode(.sequence(items.map { $0.mappingScalars(change) }), at: place)
    case .mapping(let entries):
      YAMLNode(
        .mapping(
          entries.map {
            YAMLEntry(key: $0.key, keyPlace: $0.keyPlace, value: $0.value.mappingScalars(change))
          }), at: place)
    }
  }

  /// This tree laid over `base`: mappings are merged key by key, anything else here replaces what is below. Places stay
  /// those of the file that each part comes from.
  package func merged(over base: YAMLNode) -> YAMLNode {
    guard let mine = entries, let theirs = base.entries else { return self }
    var result = theirs
    for entry in mine {
      guard let position = result.firstIndex(where: { $0.key == entry.key }) else {
        result.append(entry)
        continue
      }
      let value = entry.value.merged(over: result[position].value)
      result[position] = YAMLEntry(key: entry.key, keyPlace: entry.keyPlace, value: value)
    }
    return YAMLNode(.mapping(result), at: place)
  }
}

extension YAMLEntry {
  /// The key as a value, for types that read one.
  package var keyNode: YAMLNode {
    YAMLNode(.scalar(YAMLScalar(text: key, style: .plain, value: .string(key))), at: keyPlace)
  }
}
