import HostPluginCalls

/// What the source has yet to be told: the newest position of each split.
struct AckQueue {
  /// Positions name a split, and splits belong to streams.
  struct Key: Hashable {
    var stream: Int
    var split: String
  }

  private var positions: [Key: SplitPosition] = [:]
  /// In the order of their first commits. Of those that were taken, the key may stay.
  private var fresh: ArraySlice<Key> = []
  /// What earlier runs have committed, and may have told: it comes after all that this one does.
  private var earlier: ArraySlice<Key> = []

  var count: Int { positions.count }

  mutating func committed(_ stream: Int, _ covered: [SplitPosition]) {
    for position in covered { put(position, Key(stream: stream, split: position.split)) }
  }

  mutating func committedEarlier(_ stream: Int, _ known: [SplitPosition]) {
    for position in known {
      let key = Key(stream: stream, split: position.split)
      positions[key] = position
      earlier.append(key)
    }
  }

  /// It was not told: a later position of the split comes in its place.
  mutating func putBack(_ position: SplitPosition, _ key: Key) {
    if positions[key] == nil { put(position, key) }
  }

  private mutating func put(_ position: SplitPosition, _ key: Key) {
    positions[key] = position
    fresh.append(key)
  }

  mutating func take() -> (Key, SplitPosition)? {
    while let key = fresh.popFirst() ?? earlier.popFirst() {
      if let position = positions.removeValue(forKey: key) { return (key, position) }
    }
    return nil
  }
}
