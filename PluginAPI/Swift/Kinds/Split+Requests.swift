extension SplitRequest {
  /// Those of a stream's splits that were not read to their ends. Throws `conflict` for one that is known from other
  /// data.
  public func unread(_ splits: [Split]) throws(PluginError) -> [Split] {
    var read: Set<String> = []
    for position in known {
      if let split = splits.first(where: { $0.id == position.split }) { try split.check(identity: position.identity) }
      if position.isComplete { read.insert(position.split) }
    }
    return splits.filter { !read.contains($0.id) }
  }
}

extension OpenRequest {
  /// The split to be opened. Throws `notFound` if it is none of these, and `conflict` if it was planned in other data.
  @discardableResult
  public func find(in splits: [Split]) throws(PluginError) -> Split {
    guard let split = splits.first(where: { $0.id == split }) else {
      throw PluginError(.notFound, "\(stream): there is no split '\(split)'")
    }
    try split.check(identity: identity)
    return split
  }
}

extension Split {
  /// A position without an identity is taken to be of the same data.
  fileprivate func check(identity known: String) throws(PluginError) {
    guard known.isEmpty || known == identity else {
      throw PluginError(.conflict, "split '\(id)' is of '\(identity)' now, and was of '\(known)' before")
    }
  }
}
