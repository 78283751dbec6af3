import CHeadrace
import HostModel

/// A plugin's constants, copied as far as both sides know them. What is in here is called by this module alone: `internal`
/// is what keeps the rest of the host from it.
struct PluginTables: @unchecked Sendable {
  // The ABI promises constants that live as long as the library, which is for ever.
  let entry: headrace_entry
  let source: headrace_source?
  let transform: headrace_transform?
  let detector: headrace_detector?
  let format: headrace_format?
  let query: headrace_query?
  let llm: headrace_llm?

  init(
    entry: headrace_entry, source: headrace_source?, transform: headrace_transform?, detector: headrace_detector?,
    format: headrace_format?, query: headrace_query?, llm: headrace_llm?
  ) {
    self.entry = entry
    self.source = source
    self.transform = transform
    self.detector = detector
    self.format = format
    self.query = query
    self.llm = llm
  }

  init(_ entry: headrace_entry, path: String) throws(Failure) {
    self.entry = entry
    source = try table(entry, HEADRACE_SOURCE, path: path)
    transform = try table(entry, HEADRACE_TRANSFORM, path: path)
    detector = try table(entry, HEADRACE_DETECTOR, path: path)
    format = try table(entry, HEADRACE_FORMAT, path: path)
    query = try table(entry, HEADRACE_QUERY, path: path)
    llm = try table(entry, HEADRACE_LLM, path: path)
  }
}

extension PluginTables {
  /// What the library says of every kind. A table without one of its functions is found here, before it is used.
  func kinds(path: String) throws(Failure) -> [String: KindDescription] {
    var kinds: [String: KindDescription] = [:]
    func add(
      _ kind: String, _ factory: UnsafePointer<headrace_factory>?, flags: UInt32, isComplete: Bool,
      optional: [String: Bool] = [:]
    ) throws(Failure) {
      guard isComplete else {
        throw Failure(.invalidInput, "\(path): the table of kind '\(kind)' lacks a function", status: .fatal)
      }
      let factory = try readFactory(factory, kind: kind, path: path)
      kinds[kind] = KindDescription(
        schema: String(factory.config_schema), instanceFlags: factory.flags, flags: flags,
        optionalFunctions: Set(optional.filter(\.value).keys))
    }
    if let it = source {
      let isComplete = it.discover != nil && it.splits != nil && it.open != nil && it.read != nil && it.close != nil
      try add("source", it.factory, flags: it.flags, isComplete: isComplete, optional: ["ack": it.ack != nil])
    }
    if let it = transform {
      try add("transform", it.factory, flags: it.flags, isComplete: it.bind != nil && it.apply != nil)
    }
    if let it = detector {
      let optional = ["finish": it.finish != nil, "save": it.save != nil, "restore": it.restore != nil]
      let isComplete = it.bind != nil && it.inspect != nil
      try add("detector", it.factory, flags: it.flags, isComplete: isComplete, optional: optional)
    }
    if let it = format {
      let isComplete = it.open != nil && it.write != nil && it.finish != nil && it.abort != nil
      try add("format", it.factory, flags: it.flags, isComplete: isComplete)
      kinds["format"]?.fileExtension = String(it.extension)
      kinds["format"]?.icebergName = String(it.iceberg_name)
    }
    if let it = query {
      let isComplete = it.tables != nil && it.run != nil && it.next != nil
      try add("query", it.factory, flags: it.flags, isComplete: isComplete)
    }
    if let it = llm { try add("llm", it.factory, flags: it.flags, isComplete: it.complete != nil) }
    return kinds
  }

  func factory(of kind: String) -> UnsafePointer<headrace_factory>? {
    switch kind {
    case "source": source?.factory
    case "transform": transform?.factory
    case "detector": detector?.factory
    case "format": format?.factory
    case "query": query?.factory
    case "llm": llm?.factory
    default: nil
    }
  }
}

/// A kind's table, as far as both sides know it; nil for a plugin that is not of the kind.
private func table<T>(_ entry: headrace_entry, _ id: String, path: String) throws(Failure) -> T? {
  let loan = Loan()
  defer { withExtendedLifetime(loan) {} }
  guard let found = entry.get_extension(loan.text(id)) else { return nil }
  let minimum = MemoryLayout<T>.size
  if let table = readSized(found, as: T.self, minimum: minimum) { return table }
  throw Failure(
    .invalidInput, "\(path): the table '\(id)' says that it is shorter than \(minimum) bytes",
    advice: "set its struct_size to its sizeof", status: .fatal)
}

func readFactory(
  _ pointer: UnsafePointer<headrace_factory>?, kind: String, path: String
) throws(Failure) -> headrace_factory {
  let factory = readSized(pointer, as: headrace_factory.self, minimum: MemoryLayout<headrace_factory>.size)
  guard let factory, factory.create != nil, factory.destroy != nil, factory.cancel != nil else {
    throw Failure(
      .invalidInput, "\(path): the factory of kind '\(kind)' is missing, too short, or lacks a function", status: .fatal
    )
  }
  return factory
}
