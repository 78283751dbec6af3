import CHeadrace
package import HostModel

/// A source, and the splits and readers that it has open.
package final class SourceInstance: PluginInstance, @unchecked Sendable {
  private let table: headrace_source

  package init(
    _ plugin: LoadedPlugin, config: String, context: InstanceContext, host: PluginServices
  ) throws(Failure) {
    guard let table = plugin.tables.source else { throw plugin.isNo("source") }
    self.table = table
    try super.init(
      plugin, table.factory, kind: "source", config: config, context: context,
      services: host.services(for: plugin, context, config: config),
      watchdog: host.watchdog)
  }

  package func discover(_ patterns: [String]) throws(Failure) -> [DiscoveredStream] {
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    let names = loan.array(patterns.map { loan.text($0) })
    var list = headrace_stream_list()
    list.struct_size = UInt32(MemoryLayout<headrace_stream_list>.size)
    _ = try perform(.discover, repeatable) { _, call, error in
      table.discover(handle, call, names, UInt64(patterns.count), &list, error)
    }
    defer { list.release?(&list) }
    return try trusting(.discover) { () throws(Failure) in
      var streams: [DiscoveredStream] = []
      for item in try elements(list.items, list.n_items, "streams") {
        streams.append(try item.discovered())
      }
      return streams
    }
  }

  package func splits(
    of stream: String, read: SourceRead, known: [SplitPosition], splitBytes: Int
  ) throws(Failure) -> SplitPlan {
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    var request = headrace_split_request()
    request.struct_size = UInt32(MemoryLayout<headrace_split_request>.size)
    request.read = read.rawValue
    request.stream = loan.text(stream)
    request.known = loan.pointers(known.map { $0.lent(by: loan) })
    request.n_known = UInt64(known.count)
    request.split_bytes = UInt64(splitBytes)
    var list = headrace_split_list()
    list.struct_size = UInt32(MemoryLayout<headrace_split_list>.size)
    _ = try perform(.splits, repeatable) { _, call, error in table.splits(handle, call, &request, &list, error) }
    let plan = SplitPlan(list, maker: self)
    plan.splits = try trusting(.splits) { () throws(Failure) in try list.splitList() }
    return plan
  }

  /// Begins to read a split.
  package func open(_ request: SplitRequest) throws(Failure) -> SourceReader {
    let reader = SourceReader(self, table, request)
    try reader.open()
    return reader
  }

  /// Tells the source what has become durable. Does nothing for a source that does not ask.
  package func acknowledge(_ position: SplitPosition) throws(Failure) {
    guard let function = table.ack else { return }
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    var lent = position.lent(by: loan)
    _ = try perform(.ack, repeatable) { _, call, error in function(handle, call, &lent, error) }
  }
}

/// The splits of a stream. What they have in common in the source, such as a snapshot, lives as long as this.
package final class SplitPlan: @unchecked Sendable {
  // Released once, in deinit, when no lane holds it any more.
  package fileprivate(set) var splits: [Split] = []
  private var list: headrace_split_list
  private let maker: SourceInstance

  init(_ list: headrace_split_list, maker: SourceInstance) {
    self.list = list
    self.maker = maker
  }

  deinit { if maker.mayBeFreed { list.release?(&list) } }
}

extension SplitPosition {
  func lent(by loan: Loan) -> headrace_split_position {
    headrace_split_position(
      struct_size: UInt32(MemoryLayout<headrace_split_position>.size), is_complete: isComplete ? 1 : 0,
      split: loan.text(split), identity: loan.text(identity), position: loan.bytes(position), ordinal: ordinal)
  }
}
